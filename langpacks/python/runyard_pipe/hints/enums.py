"""Values that are one of a list."""

from __future__ import annotations

import enum
from typing import Any, Dict, Tuple, Type

from .codec import Codec, Decode, Schema
from .mismatch import Inexpressible, Mismatch

_JSON_TYPES = {str: "string", int: "integer", bool: "boolean", float: "number", type(None): "null"}


def is_enum(cls: Type[Any]) -> bool:
    return issubclass(cls, enum.Enum)


def compile_enum(cls: Type[enum.Enum]) -> Codec:
    """Members travel as their values."""
    if issubclass(cls, enum.Flag):
        return Codec({"type": "integer"}, _decode_flag(cls))
    chosen = {_key(plain_value(member, cls.__name__)): member for member in cls}
    if not chosen:
        raise Inexpressible(f"the Enum {cls.__name__} has no members")
    return Codec(_schema_of(chosen), _decode_by(chosen))


def compile_literal(args: Tuple[Any, ...]) -> Codec:
    """The literal values themselves; Enum members travel as their values."""
    chosen = {_key(plain_value(arg, "Literal")): arg for arg in args}
    return Codec(_schema_of(chosen), _decode_by(chosen))


def plain_value(member: Any, owner: str) -> Any:
    """The JSON form of a member or literal."""
    value = member.value if isinstance(member, enum.Enum) else member
    for kind in (bool, int, float, str):
        if isinstance(value, kind):
            return kind(value)
    if value is None:
        return None
    raise Inexpressible(f"{owner} holds {value!r:.60}, and only strings, numbers, booleans and None can be listed")


def _key(value: Any) -> Tuple[Any, Any]:
    """Tells True from 1, as JSON does."""
    return (type(value), value)


def _schema_of(chosen: Dict[Tuple[Any, Any], Any]) -> Schema:
    kinds = {_JSON_TYPES[kind] for kind, _ in chosen}
    schema: Schema = {"type": kinds.pop()} if len(kinds) == 1 else {}
    schema["enum"] = [value for _, value in chosen]
    return schema


def _decode_by(chosen: Dict[Tuple[Any, Any], Any]) -> Decode:
    listed = ", ".join(repr(value) for _, value in chosen)

    def decode(value: Any) -> Any:
        try:
            return chosen[_key(value)]
        except (KeyError, TypeError):
            raise Mismatch(f"expected one of {listed:.500}, got {value!r:.60}") from None

    return decode


def _decode_flag(cls: Type[enum.Flag]) -> Decode:
    def decode(value: Any) -> Any:
        try:
            return cls(value)
        except (ValueError, TypeError):
            raise Mismatch(f"expected a combination of {cls.__name__}, got {value!r:.60}") from None

    return decode
