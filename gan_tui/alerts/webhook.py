"""A URL that an alert is posted to."""

from __future__ import annotations

import base64
import http.client
import json
import re
import urllib.error
import urllib.request
from collections.abc import Callable
from email.message import Message
from urllib.parse import unquote, urlsplit, urlunsplit

from gan_tui.alerts.trigger import Action, Alert
from gan_tui.errors import UsageError
from gan_tui.report.json_report import as_json
from gan_tui.sanitize import clean

TIMEOUT_SECONDS = 10.0
"""Timeout of one request."""
RETRY_SECONDS = (1.0, 5.0, 25.0)
"""Wait before each retry."""
TRANSIENT_STATUS = (408, 425, 429)
"""Status codes below 500 after which a request is retried."""


def webhook(url: str, *, sleep: Callable[[float], object] = lambda _: None) -> Action:
    """Return an action that posts the JSON of `gan-tui check` for the run to an http(s) URL.

    After a failure that may be transient (no response, 5xx, 408, 425, 429) it retries with growing waits.

    Args:
        url: The URL. A user name and password in it are sent as basic authentication.
        sleep: Waits before a retry, in seconds.

    Raises:
        UsageError: It is not an http(s) URL.
    """
    address, host, headers = _target(url)

    def post(alert: Alert) -> str:
        body = json.dumps(as_json([alert.run]), allow_nan=False).encode()
        request = urllib.request.Request(address, body, headers, method="POST")  # noqa: S310 - checked above
        problem = ""
        for wait in (0.0, *RETRY_SECONDS):
            if wait:
                sleep(wait)
            try:
                _send(request)
            except urllib.error.HTTPError as error:
                error.close()
                problem = f"{error.code} {error.reason}"
                if error.code < 500 and error.code not in TRANSIENT_STATUS:
                    break
            except (OSError, ValueError, http.client.HTTPException) as error:
                problem = str(getattr(error, "reason", "") or error) or type(error).__name__
            else:
                return ""
        return f"--webhook {host}: {clean(problem, 200)}"

    return post


def _send(request: urllib.request.Request) -> None:
    with _opener.open(request, timeout=TIMEOUT_SECONDS):
        pass


def _target(url: str) -> tuple[str, str, dict[str, str]]:
    """Return the URL without user name and password, its host, and the headers to send."""
    invalid = UsageError(
        f"--webhook {_without_password(url)!r} is not an http or https URL", "Write https://host/hook"
    )
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise invalid from error
    host = parts.hostname
    if parts.scheme not in ("http", "https") or not host or not url.isascii() or not url.isprintable():
        raise invalid
    if " " in url:
        raise invalid
    headers = {"Content-Type": "application/json", "User-Agent": "gan-tui"}
    if parts.username is not None:
        credentials = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        headers["Authorization"] = "Basic " + base64.b64encode(credentials.encode()).decode()
    bracketed = f"[{host}]" if ":" in host else host
    location = bracketed if port is None else f"{bracketed}:{port}"
    return urlunsplit((parts.scheme, location, parts.path or "/", parts.query, "")), bracketed, headers


def _without_password(url: str) -> str:
    """Return the URL without user name and password, for messages."""
    return clean(re.sub(r"//[^/@]*@", "//...@", url), 100)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Refuses redirects: urllib would follow one without the body of the request."""

    def redirect_request(
        self, req: urllib.request.Request, fp: object, code: int, msg: str, headers: object, newurl: str
    ) -> urllib.request.Request | None:
        del fp, code, msg, headers
        raise urllib.error.HTTPError(
            req.full_url, 400, f"redirects to {_without_password(newurl)}; use that URL", Message(), None
        )


_opener = urllib.request.build_opener(_NoRedirect)
