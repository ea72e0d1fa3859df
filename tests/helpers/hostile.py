"""A folder of logs whose names and lines attack a terminal, a web page or a spreadsheet."""

from __future__ import annotations

import json
import re
import unicodedata
from pathlib import Path

from tests.helpers import event_bytes as eb

TEXTS = {
    "title": "\x1b]0;owned\x07",
    "title, eight bits": "\x9d0;owned\x9c",
    "screen": "\x1b[2J\x1b[H\x1b[31m\x1b[?1049l\x1bc",
    "screen, eight bits": "\x9b2J\x9b31m",
    "answers": "\x1b[6n\x1b[c\x1bP$q\x1b\\\x05",
    "clipboard": "\x1b]52;c;cm0gLXJmIC8=\x07",
    "link": "\x1b]8;;http://example.invalid\x1b\\click\x1b]8;;\x1b\\",
    "cut": "\x1b[",
    "bell": "\x07\x08\x7f\x00\x0e\x0f",
    "lines": "one\rtwo\nthree\x0bfour\x0cfive\u2028six\x85seven",
    "bidi": "a\u202egnp.exe\u2066b\u2069\u200f",
    "invisible": "a\u200b\u200d\ufeff\u00ad\u2060b",
    "tags": "a\U000e0041\U000e0042",
    "marks": "z" + "\u0300\u0301\u0302\u0303" * 50,
    "markup": "[red]x[/red][@click=app.quit]y[/][link=http://example.invalid]z",
    "html": "<script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">&lt;\"'",
    "formula": '=HYPERLINK("http://example.invalid","x")',
    "formula, plus": "+1+cmd|' /C calc'!A0",
    "markdown": "| a | `b` [x](javascript:alert(1)) ![i](http://example.invalid/i.png)",
    "shell": "$(touch owned);`touch owned`;%s%n../../etc",
    "wide": "損失" * 40,
    "long": "x" * 990,
}
"""One text of each kind."""

SEQUENCE = re.compile(
    r"\x1b\[\d+;\d+H|\x1b\[[\d;]*m|\x1b\[\?[\d;]+(?:\$p|[hl])|\x1b\[6n|\x1b\[[<>]\d*u|\x1b\[2[23];\d;?\d*t"
    r"|\x1b\[H|\x1b\[2J|\x1b\[2?K|\x1b\[\d* q|\x1b\]22;default\x07|\x1b\[>\d[\d;]*m|\x1b\[\?2026[hl]"
)
"""Sequences that the program itself may send to a terminal."""


def unsafe_characters(sent: str) -> list[str]:
    """Return the characters sent to a terminal that are neither text nor part of the program's own sequences.

    Args:
        sent: Everything that was sent, including line ends.
    """
    text = SEQUENCE.sub("", sent)
    return sorted(
        {
            f"{unicodedata.name(c, repr(c))} in {text[max(0, i - 20) : i + 20]!r}"
            for i, c in enumerate(text)
            if (unicodedata.category(c)[0] in "CM" and c not in "\r\n") or c in "\u2028\u2029"
        }
    )


def rows(count: int) -> list[tuple[int, float, float]]:
    """Return steps and two losses."""
    return [(step, 1.0 + (step * 7 % 13) / 10, 2.0 + (step * 5 % 11) / 10) for step in range(count)]


def quoted(name: str) -> str:
    """Return a quoted CSV cell."""
    return '"' + name.replace('"', '""') + '"'


def folder(root: Path) -> Path:
    """Write the logs below `root`, and return their folder."""
    home = root / "runs"
    texts = list(TEXTS.values())
    csv = home / "csv"
    csv.mkdir(parents=True)
    names = ["step", "d_loss", "g_loss", *(quoted(text) for text in texts)]
    lines = [",".join(names)]
    lines += [f"{s},{d},{g}" + f",{d}" * len(texts) for s, d, g in rows(60)]
    data = "\n".join(lines) + "\n" + "60,\x1b]0;owned\x07,0.5\n"
    (csv / "losses.csv").write_bytes(data.encode("utf-8", "surrogateescape"))

    (home / "jsonl").mkdir()
    records = [{"step": s, "d_loss": d, "g_loss": g} | dict.fromkeys(texts, d) for s, d, g in rows(60)]
    (home / "jsonl" / "stats.jsonl").write_text(
        "".join(json.dumps(r) + "\n" for r in records) + '{"step": \x1b]0;owned\x07}\n'
    )

    (home / "events").mkdir()
    tags = [b"d_loss", b"g_loss", *(text.encode() for text in texts), b"\xff\xfe\x9b31m"]
    written = [eb.VERSION]
    for s, d, g in rows(60):
        written += [
            eb.event(s, eb.START + s, [(tag, eb.simple(g if tag[:1] == b"g" else d))]) for tag in tags
        ]
    damaged = b"\x1b]0;owned\x07" * 10
    (home / "events" / "events.out.tfevents.1700000000.host").write_bytes(b"".join(written) + damaged)

    (home / "console").mkdir()
    printed = []
    for s, d, g in rows(60):
        text = texts[s % len(texts)]
        printed.append(f"step {s}: {text} d_loss: {d} {text} g_loss: {g}, {text}_x: {d}\n")
    (home / "console" / "train.log").write_bytes("".join(printed).encode())

    for kind, text in TEXTS.items():
        name = text.replace("/", "_").replace("\x00", "")[:60] + kind
        run = home / name
        run.mkdir()
        body = "step,d_loss,g_loss\n" + "".join(f"{s},{d},{g}\n" for s, d, g in rows(40))
        (run / f"{name}.csv").write_text(body)
    # Names that become equal once sanitized, and names that look like options or settings.
    for name in ("a\x1bb", "a\x9bb", "a\u202eb", "gan-tui.toml.d", "-rf", "--help"):
        run = home / name
        run.mkdir()
        (run / "losses.csv").write_text("step,d_loss,d_loss,g_loss\n1,0.5,0.6,0.7\n2,0.5,0.6,0.7\n")
    return home
