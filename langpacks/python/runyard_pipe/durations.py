"""Times and durations between their Python types and ISO 8601."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta

_TIME = r"(\d{2}:\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s?([Zz]|[+-]\d{2}(?::?\d{2})?)?"
_TIME_ONLY = re.compile(_TIME + "$")
_DATE_TIME = re.compile(r"(\d{4}-\d{2}-\d{2})(?:[Tt ]" + _TIME + ")?$")
_DURATION = re.compile(r"([+-]?)P(?=.)(?:(\d+)W)?(?:(\d+)D)?(?:T(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$")


def parse_datetime(text: str) -> datetime:
    """RFC 3339, or the same without an offset. Raises ValueError."""
    match = _DATE_TIME.match(text)
    if match is None:
        raise ValueError("expected a date and time such as 2026-01-31T12:00:00Z")
    day, *rest = match.groups()
    return datetime.fromisoformat(f"{day}T{_plain_time(*rest)}" if rest[0] else day)


def parse_date(text: str) -> date:
    """A day such as 2026-01-31. Raises ValueError."""
    return date.fromisoformat(text)


def parse_time(text: str) -> time:
    """A time of day such as 12:00:00, with or without an offset. Raises ValueError."""
    match = _TIME_ONLY.match(text)
    if match is None:
        raise ValueError("expected a time such as 12:00:00")
    return time.fromisoformat(_plain_time(*match.groups()))


def _plain_time(minutes: str, seconds: "str | None", fraction: "str | None", offset: "str | None") -> str:
    """The one spelling that every Python since 3.8 reads."""
    text = f"{minutes}:{seconds or '00'}"
    if fraction:
        text += "." + fraction[:6].ljust(6, "0")
    if offset in ("Z", "z"):
        return text + "+00:00"
    if offset:
        digits = offset[1:].replace(":", "").ljust(4, "0")
        return f"{text}{offset[0]}{digits[:2]}:{digits[2:]}"
    return text


def parse_duration(text: str) -> timedelta:
    """An ISO 8601 duration without years and months, whose lengths differ. Raises ValueError."""
    match = _DURATION.match(text)
    if match is None:
        raise ValueError("expected a duration such as PT1H30M, in weeks, days, hours, minutes and seconds")
    sign, weeks, days, hours, minutes, seconds = match.groups()
    length = timedelta(
        weeks=int(weeks or 0),
        days=int(days or 0),
        hours=int(hours or 0),
        minutes=int(minutes or 0),
        seconds=float(seconds or 0),
    )
    return -length if sign == "-" else length


def format_duration(length: timedelta) -> str:
    """The ISO 8601 text of a duration."""
    if length < timedelta(0):
        return "-" + format_duration(-length)
    hours, rest = divmod(length.seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    text = f"P{length.days}D" if length.days else "P"
    clock = f"{hours}H" if hours else ""
    clock += f"{minutes}M" if minutes else ""
    if length.microseconds:
        clock += f"{seconds}.{length.microseconds:06d}".rstrip("0") + "S"
    elif seconds or not (clock or length.days):
        clock += f"{seconds}S"
    return text + ("T" + clock if clock else "")
