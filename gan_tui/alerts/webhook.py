"""An address that an alert is posted to."""

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

HOOK_SECONDS = 10.0
"""A webhook that has not answered by then has failed."""
HOOK_WAITS = (1.0, 5.0, 25.0)
"""Seconds before each further try at a webhook."""
PASSING = (408, 425, 429)
"""Answers that ask to try again later."""


def webhook(url: str, *, sleep: Callable[[float], object] = lambda _: None) -> Action:
    """An action that posts the JSON of `gan-tui check` for the run to an http(s) address.

    What may be a passing trouble (no answer, 5xx, 408, 429) is tried again after growing waits.

    Args:
        url: Where to. A name and password in it are sent as basic authorisation.
        sleep: Waits before a further try, seconds.

    Raises:
        UsageError: It is no http(s) address.
    """
    address, host, headers = _target(url)

    def post(alert: Alert) -> str:
        body = json.dumps(as_json([alert.run]), allow_nan=False).encode()
        request = urllib.request.Request(address, body, headers, method="POST")  # noqa: S310 - checked above
        problem = ""
        for wait in (0.0, *HOOK_WAITS):
            if wait:
                sleep(wait)
            try:
                _send(request)
            except urllib.error.HTTPError as error:
                error.close()
                problem = f"{error.code} {error.reason}"
                if error.code < 500 and error.code not in PASSING:
                    break
            except (OSError, ValueError, http.client.HTTPException) as error:
                problem = str(getattr(error, "reason", "") or error) or type(error).__name__
            else:
                return ""
        return f"--webhook {host}: {clean(problem, 200)}"

    return post


def _send(request: urllib.request.Request) -> None:
    with _opener.open(request, timeout=HOOK_SECONDS):
        pass


def _target(url: str) -> tuple[str, str, dict[str, str]]:
    """The address without what is secret in it, its host, and the headers to send."""
    wrong = UsageError(f"--webhook {_bare(url)!r} is no http or https address", "Write https://host/hook")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise wrong from error
    host = parts.hostname
    if parts.scheme not in ("http", "https") or not host or not url.isascii() or not url.isprintable():
        raise wrong
    if " " in url:
        raise wrong
    headers = {"Content-Type": "application/json", "User-Agent": "gan-tui"}
    if parts.username is not None:
        pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        headers["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
    named = f"[{host}]" if ":" in host else host
    place = named if port is None else f"{named}:{port}"
    return urlunsplit((parts.scheme, place, parts.path or "/", parts.query, "")), named, headers


def _bare(url: str) -> str:
    """The address as it may be said: without name and password."""
    return clean(re.sub(r"//[^/@]*@", "//...@", url), 100)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A post that is redirected would be sent on without its body: say so instead."""

    def redirect_request(
        self, req: urllib.request.Request, fp: object, code: int, msg: str, headers: object, newurl: str
    ) -> urllib.request.Request | None:
        del fp, code, msg, headers
        raise urllib.error.HTTPError(
            req.full_url, 400, f"redirects to {_bare(newurl)}; give that address", Message(), None
        )


_opener = urllib.request.build_opener(_NoRedirect)
