"""Types whose JSON form is a single value."""

from __future__ import annotations

import base64
import binascii
import pathlib
import typing
import uuid
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, Callable, Dict, Type

from .. import durations
from .codec import Codec, Decode, Schema, unchanged
from .mismatch import Mismatch, kind_of

BINARY_SCHEMA: Schema = {
    "type": "object",
    "properties": {"$binary": {"type": "string", "contentEncoding": "base64"}},
    "required": ["$binary"],
    "additionalProperties": False,
    "x-type": "bytes",
}
_TIME_PATTERN = r"^\d{2}:\d{2}(:\d{2}(\.\d+)?)?([Zz]|[+-]\d{2}:?\d{2})?$"
_DECIMAL_PATTERN = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$"


def decode_null(value: Any) -> None:
    if value is not None:
        raise Mismatch(f"expected null, got {kind_of(value)}")


def decode_bool(value: Any) -> bool:
    if type(value) is not bool:
        raise Mismatch(f"expected a boolean, got {kind_of(value)}")
    return value


def decode_int(value: Any) -> int:
    if type(value) is int:
        return value
    if type(value) is float and value.is_integer():
        return int(value)
    raise Mismatch(f"expected a whole number, got {value if type(value) is float else kind_of(value)}")


def decode_float(value: Any) -> float:
    if type(value) is float:
        return value
    if type(value) is int:
        return _float_of_int(value)
    raise Mismatch(f"expected a number, got {kind_of(value)}")


def _float_of_int(value: int) -> float:
    try:
        return float(value)
    except OverflowError:
        raise Mismatch("expected a number that a float can hold") from None


def decode_str(value: Any) -> str:
    if type(value) is not str:
        raise Mismatch(f"expected a string, got {kind_of(value)}")
    return value


def decode_bytes(value: Any) -> bytes:
    text = value.get("$binary") if type(value) is dict and len(value) == 1 else None
    if type(text) is not str:
        raise Mismatch('expected bytes as {"$binary": "<base64>"}, got ' + kind_of(value))
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise Mismatch(f"expected base64 in $binary: {error}") from None


def decode_bytearray(value: Any) -> bytearray:
    return bytearray(decode_bytes(value))


def decode_decimal(value: Any) -> Decimal:
    if type(value) not in (int, float, str):
        raise Mismatch(f"expected a decimal number, got {kind_of(value)}")
    try:
        return Decimal(str(value))
    except InvalidOperation:
        raise Mismatch(f"expected a decimal number, got {value!r:.60}") from None


def decode_timedelta(value: Any) -> timedelta:
    if type(value) in (int, float):
        try:
            return timedelta(seconds=value)
        except OverflowError:
            raise Mismatch("expected a duration that fits, got too many seconds") from None
    return _duration_of_text(value)


def from_text(parse: Callable[[str], Any]) -> Decode:
    """Decodes a string by a function that raises ValueError when it cannot."""

    def decode(value: Any) -> Any:
        try:
            return parse(decode_str(value))
        except ValueError as error:
            raise Mismatch(f"{error}, got {value!r:.60}") from None

    return decode


_duration_of_text: Callable[[Any], timedelta] = from_text(durations.parse_duration)


def _parse_uuid(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        raise ValueError("expected a UUID") from None


def _parse_date(text: str) -> date:
    try:
        return durations.parse_date(text)
    except ValueError:
        raise ValueError("expected a day such as 2026-01-31") from None


def _text(**keywords: Any) -> Schema:
    return {"type": "string", **keywords}


_INPUT_DECIMAL: Schema = {"anyOf": [{"type": "number"}, _text(pattern=_DECIMAL_PATTERN)]}
_INPUT_DURATION: Schema = {"anyOf": [_text(format="duration"), {"type": "number", "description": "seconds"}]}

SCALARS: Dict[Any, Codec] = {
    Any: Codec({}, unchanged),
    object: Codec({}, unchanged),
    None: Codec({"type": "null"}, decode_null),
    type(None): Codec({"type": "null"}, decode_null),
    bool: Codec({"type": "boolean"}, decode_bool),
    int: Codec({"type": "integer"}, decode_int),
    float: Codec({"type": "number"}, decode_float),
    str: Codec(_text(), decode_str),
    bytes: Codec(BINARY_SCHEMA, decode_bytes),
    bytearray: Codec(BINARY_SCHEMA, decode_bytearray),
    datetime: Codec(_text(format="date-time"), from_text(durations.parse_datetime)),
    date: Codec(_text(format="date"), from_text(_parse_date)),
    time: Codec(_text(pattern=_TIME_PATTERN), from_text(durations.parse_time)),
    timedelta: Codec(_INPUT_DURATION, decode_timedelta),
    Decimal: Codec(_INPUT_DECIMAL, decode_decimal),
    uuid.UUID: Codec(_text(format="uuid"), from_text(_parse_uuid)),
}
for _path_class in (pathlib.Path, pathlib.PurePath, type(pathlib.Path()), type(pathlib.PurePath())):
    SCALARS[_path_class] = Codec(_text(**{"x-type": "path"}), from_text(_path_class))

if hasattr(typing, "LiteralString"):  # since 3.11
    SCALARS[typing.LiteralString] = SCALARS[str]

#: Types that are written in one form only, though more are read.
OUTPUT_SCHEMAS: Dict[Type[Any], Schema] = {
    Decimal: _text(**{"x-type": "decimal"}),
    timedelta: _text(format="duration"),
}
