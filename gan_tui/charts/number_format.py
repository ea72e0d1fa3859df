"""Format numbers, durations and times in at most seven characters."""

from __future__ import annotations

import math
from datetime import UTC, datetime

WIDTH = 7
"""Maximum length of a label."""
LATEST_MOMENT = 253402300799.0
"""The last second of the year 9999, the latest that datetime supports."""


def nice_step(least: float) -> float:
    """Return the smallest of 1, 2, 2.5 and 5 times a power of ten that is at least `least`."""
    if not least > 0 or not math.isfinite(least):
        return 1.0
    power = 10.0 ** math.floor(math.log10(least))
    if power == 0:
        return least
    for factor in (1.0, 2.0, 2.5, 5.0, 10.0):
        if factor * power >= least * (1 - 1e-9):
            return factor * power
    return 10.0 * power


def label(value: float, step: float | None = None) -> str:
    """Format a number in at most seven characters: 0.25, 12.5k, 3.4e-5.

    Args:
        value: The number; may be NaN or infinite.
        step: Distance to the neighbouring labels, which determines the number of digits; without it,
            about four significant digits.
    """
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "inf" if value > 0 else "-inf"
    if value == 0 or (step is not None and abs(value) < step * 1e-6):
        return "0"
    size = abs(value)
    if size >= 1e9 or size < 1e-3:
        return _scientific(value)
    for least, divisor, suffix in ((1e6, 1e6, "M"), (1e4, 1e3, "k")):
        if size >= least * (1 - 1e-12):
            text = _fixed(value / divisor, None if step is None else step / divisor)
            return text + suffix if len(text) < WIDTH else _scientific(value)
    text = _fixed(value, step)
    return text if len(text) <= WIDTH else _scientific(value)


def _fixed(value: float, step: float | None) -> str:
    """Format with the decimals that the step needs, or about four significant digits."""
    whole = len(str(int(abs(value)))) + (value < 0)
    if step is None:
        decimals = 3 - math.floor(math.log10(abs(value)))
    else:
        decimals = 0
        while decimals < 6 and abs(step * 10**decimals - round(step * 10**decimals)) > 1e-6:
            decimals += 1
    decimals = max(0, min(decimals, WIDTH - 1 - whole))
    text = f"{value:.{decimals}f}"
    return text.rstrip("0").rstrip(".") if step is None and "." in text else text


def _scientific(value: float) -> str:
    for digits in (2, 1, 0):
        mantissa, exponent = f"{value:.{digits}e}".split("e")
        if "." in mantissa:
            mantissa = mantissa.rstrip("0").rstrip(".")
        text = f"{mantissa}e{int(exponent)}"
        if len(text) <= WIDTH:
            return text
    return text


def whole_number(value: int, step: int = 1) -> str:
    """Format a step in at most seven characters, exact for labels `step` apart: 12.5k."""
    size = abs(value)
    for divisor, suffix in ((1_000_000_000, "G"), (1_000_000, "M"), (1_000, "k")):
        if size >= divisor * 10 or (size >= divisor and value * 10 % divisor == 0):
            decimals = 0
            while decimals < 3 and (step * 10**decimals) % divisor:
                decimals += 1
            text = f"{value / divisor:.{decimals}f}"
            text = text.rstrip("0").rstrip(".") if "." in text else text
            return text + suffix if len(text) < WIDTH else _scientific(float(value))
    return str(value)


def duration(seconds: float) -> str:
    """Format a duration in at most seven characters: 45s, 3m20, 2h05, 4d12h."""
    if not math.isfinite(seconds):
        return "?"
    sign, seconds = ("-", -seconds) if seconds < 0 else ("", seconds)
    if 0.01 <= seconds < 9.5 and seconds != int(seconds):
        return f"{sign}{seconds:.2g}s"
    whole = round(seconds)
    minutes, hours, days = whole // 60, whole // 3600, whole // 86400
    if whole < 60:
        text = f"{whole}s"
    elif hours < 1:
        text = f"{minutes}m" + (f"{whole % 60:02}" if whole % 60 else "")
    elif days < 1:
        text = f"{hours}h" + (f"{minutes % 60:02}" if minutes % 60 else "")
    else:
        text = f"{days}d" + (f"{hours % 24}h" if hours % 24 and days < 100 else "")
    return sign + text if len(text) < WIDTH else _scientific(seconds / 86400)


def moment(at: float, step: float) -> str:
    """Format a Unix time in local time, as precisely as labels `step` seconds apart need."""
    if not 0 <= at <= LATEST_MOMENT:
        return "?"
    when = datetime.fromtimestamp(at, UTC).astimezone()
    if step < 60:
        return f"{when:%M:%S}"
    if step < 86400:
        return f"{when:%H:%M}"
    return f"{when:%d %b}" if step < 200 * 86400 else f"{when:%b %y}"


def local_offset(at: float) -> float:
    """Return the offset of local time from UTC in seconds, so that labels fall on whole local hours."""
    if not 0 <= at <= LATEST_MOMENT:
        return 0.0
    offset = datetime.fromtimestamp(at, UTC).astimezone().utcoffset()
    return 0.0 if offset is None else offset.total_seconds()
