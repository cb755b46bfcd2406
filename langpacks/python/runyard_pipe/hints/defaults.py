"""Default values: their JSON form, and that a default of None permits null."""

from __future__ import annotations

import json
from typing import Any

from ..json_text import encode
from .codec import Codec, Schema

_NOT_JSON: Any = object()
_NARROWING = frozenset(("type", "enum", "const", "anyOf", "oneOf", "allOf", "$ref"))


def with_default(codec: Codec, default: Any) -> Codec:
    """The codec of an optional value. A default that JSON cannot hold is not shown."""
    plain = _to_json(default)
    if plain is _NOT_JSON:
        return codec
    if plain is None and not _accepts_null(codec.schema):
        codec = _nullable(codec)
    return Codec({**codec.schema, "default": plain}, codec.decode)


def _to_json(value: Any) -> Any:
    try:
        return json.loads(encode(value))
    except Exception:  # any object may be a default, and fails in its own way
        return _NOT_JSON


def _accepts_null(schema: Schema) -> bool:
    """What a reference leads to is not looked at: it may not be known yet, and null twice does no harm."""
    if schema.get("type") == "null" or None in schema.get("enum", ()):
        return True
    if not _NARROWING.intersection(schema):
        return True
    return any(_accepts_null(member) for member in schema.get("anyOf", ()))


def _nullable(codec: Codec) -> Codec:
    outside: Schema = {word: codec.schema[word] for word in ("description", "title") if word in codec.schema}
    inside: Schema = {word: value for word, value in codec.schema.items() if word not in outside}
    members = inside["anyOf"] if set(inside) == {"anyOf"} else [inside]
    schema: Schema = {"anyOf": [*members, {"type": "null"}], **outside}
    return Codec(schema, lambda value: None if value is None else codec.decode(value))
