"""Results as JSON text: what functions return beyond plain data, and where a value cannot be sent."""

from __future__ import annotations

import base64
import collections
import dataclasses
import enum
import json
import math
import pathlib
import re
import uuid
from collections import abc
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from json import encoder as _json_encoder
from typing import Any, Callable, Dict, Iterable, List, Tuple

from .durations import format_duration
from .pointers import Key, to_pointer

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
#: Their values are written as text where nothing else is known of them: addresses, URLs.
_TEXTUAL_PACKAGES = ("ipaddress", "pydantic", "pydantic_core", "yarl")
_ADVICE = {
    "coroutine": "make the function `async def`, or await it",
    "generator": "return a list, or make the algorithm itself a generator",
    "map": "return list(...) of it",
    "filter": "return list(...) of it",
    "zip": "return list(...) of it",
    "DataFrame": "return df.to_dict('records')",
    "complex": "return the real and imaginary parts",
    "function": "return what it gives",
}


class Unsendable(Exception):
    """A value has no JSON form. The message says where and what."""

    def __init__(self, path: Iterable[Key], reason: str) -> None:
        super().__init__(f"{to_pointer(tuple(path)) or 'the result'}: {reason}")


def encode(value: Any) -> str:
    """The value as compact JSON. Raises Unsendable naming the place that has no JSON form."""
    try:
        return _encode_fast(value)
    except Exception:  # NaN, a key or an object that has no JSON form, a circle: found out slowly
        return _encode_slowly(value)


def to_bytes(text: str) -> bytes:
    """UTF-8; halves of surrogate pairs, which have none, as JSON escapes."""
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError:
        return _LONE_SURROGATE.sub(lambda match: f"\\u{ord(match[0]):04x}", text).encode("utf-8")


def simplify(value: Any) -> Any:
    """One step from an object towards JSON's own types. Raises TypeError when there is none."""
    kind = type(value)
    convert = _CONVERTERS.get(kind)
    if convert is None:
        convert = _CONVERTERS[kind] = _find_converter(kind, value)
    return convert(value)


def _find_converter(kind: type, value: Any) -> Callable[[Any], Any]:
    for matches, convert in _FAMILIES:
        if isinstance(value, matches):
            return convert
    if hasattr(kind, "__pydantic_validator__") and hasattr(kind, "model_dump"):
        return lambda model: model.model_dump(mode="json", by_alias=True)
    if hasattr(kind, "__fields__") and callable(getattr(kind, "json", None)):
        return lambda model: json.loads(model.json(by_alias=True))
    if dataclasses.is_dataclass(kind):
        names = tuple(field.name for field in dataclasses.fields(kind))
        return lambda record: {name: getattr(record, name) for name in names}
    if kind.__module__.partition(".")[0] in _TEXTUAL_PACKAGES:
        return str
    if callable(getattr(kind, "tolist", None)):  # numpy's arrays and scalars, tensors, series
        return lambda array: array.tolist()
    return _refuse


def _refuse(value: Any) -> Any:
    kind = type(value).__name__
    advice = _ADVICE.get(kind, "return dicts, lists, dataclasses or simple values")
    raise TypeError(f"a {kind} has no JSON form; {advice}")


def _encode_binary(value: Any) -> Dict[str, str]:
    return {"$binary": base64.b64encode(value).decode("ascii")}


_CONVERTERS: Dict[type, Callable[[Any], Any]] = {}
_FAMILIES: Tuple[Tuple[Any, Callable[[Any], Any]], ...] = (
    (enum.Enum, lambda member: member.value),
    ((datetime, date, time), lambda moment: moment.isoformat()),
    (timedelta, format_duration),
    ((Decimal, uuid.UUID, pathlib.PurePath), str),
    ((bytes, bytearray, memoryview), _encode_binary),
    ((set, frozenset, collections.deque, abc.KeysView, abc.ValuesView, abc.ItemsView), list),
    (abc.Mapping, dict),
    (abc.Sequence, list),
)


def _make_encoder() -> Callable[[Any], str]:
    """The json module's encoder in C, made once and not per call as JSONEncoder.encode does."""
    try:
        c_encode = _json_encoder.c_make_encoder(  # type: ignore[attr-defined]
            None, simplify, _json_encoder.encode_basestring, None, ":", ",", False, False, False
        )
        c_encode([None], 0)
    except (TypeError, AttributeError):  # another implementation of Python, or one that changed this
        plain = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=simplify)
        return plain.encode
    join = "".join
    return lambda value: join(c_encode(value, 0))


_encode_fast = _make_encoder()


def _encode_slowly(value: Any) -> str:
    try:
        return _encode_fast(_to_plain(value, [], set()))
    except Unsendable:
        raise
    except RecursionError:
        raise Unsendable((), "it is nested too deeply") from None
    except Exception as error:
        raise Unsendable((), f"it cannot be written as JSON: {type(error).__name__}: {error}") from error


def _to_plain(value: Any, path: List[Key], open_ids: "set[int]") -> Any:
    """The value in JSON's own types alone."""
    if value is None or isinstance(value, (str, bool, int)) and not isinstance(value, enum.Enum):
        return value
    if isinstance(value, float):
        if math.isfinite(value):
            return value
        raise Unsendable(path, f"{value} is no JSON number; return None or leave it out")
    if id(value) in open_ids:
        raise Unsendable(path, "it holds itself")
    open_ids.add(id(value))
    try:
        return _inside(value, path, open_ids)
    finally:
        open_ids.discard(id(value))


def _inside(value: Any, path: List[Key], open_ids: "set[int]") -> Any:
    if isinstance(value, dict):
        return {_to_key(key, path): _to_plain(item, [*path, str(key)], open_ids) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_to_plain(item, [*path, index], open_ids) for index, item in enumerate(value)]
    try:
        simpler = simplify(value)
    except Exception as error:  # a model's own serializer may raise anything
        raise Unsendable(path, str(error)) from error
    return _to_plain(simpler, path, open_ids)


def _to_key(key: Any, path: List[Key]) -> Any:
    """Keys become strings; those that json writes by itself stay."""
    if isinstance(key, enum.Enum):
        key = key.value
    if key is None or isinstance(key, (str, int, float)):
        return key
    if isinstance(key, (datetime, date, time)):
        return key.isoformat()
    if isinstance(key, (uuid.UUID, Decimal, pathlib.PurePath)):
        return str(key)
    if type(key).__module__ == "numpy" and hasattr(key, "item"):
        return key.item()
    raise Unsendable(path, f"a {type(key).__name__} cannot be the name of a property; use strings as keys")
