"""Schema keywords from the metadata of `Annotated` and of dataclass fields."""

from __future__ import annotations

import difflib
from typing import Any, Dict, Iterator, Optional, Tuple

from .codec import Codec, Schema
from .mismatch import Inexpressible

KEYWORDS = frozenset(
    """minimum maximum exclusiveMinimum exclusiveMaximum multipleOf minLength maxLength pattern format minItems
    maxItems uniqueItems minProperties maxProperties enum const title description examples default deprecated
    contentEncoding contentMediaType items properties required additionalProperties anyOf oneOf allOf not""".split()
)
_NUMBERS = {
    "gt": "exclusiveMinimum",
    "ge": "minimum",
    "lt": "exclusiveMaximum",
    "le": "maximum",
    "multiple_of": "multipleOf",
}
_LENGTHS = {
    "string": ("minLength", "maxLength"),
    "array": ("minItems", "maxItems"),
    "object": ("minProperties", "maxProperties"),
}
_WORDS = ("title", "description", "examples")


def apply_metadata(codec: Codec, metadata: Tuple[Any, ...]) -> Codec:
    """The codec with the constraints and descriptions that the metadata states; unknown metadata says nothing."""
    schema = codec.schema
    for item in metadata:
        schema = _apply(schema, item)
    return Codec(schema, codec.decode)


def keywords_of(stated: Dict[Any, Any]) -> Schema:
    """Schema keywords as an author wrote them. Raises Inexpressible for a word that is none."""
    for word in stated:
        if not isinstance(word, str) or not (word in KEYWORDS or word.startswith("x-")):
            near = difflib.get_close_matches(str(word), KEYWORDS, 1)
            raise Inexpressible(f"{word!r} is no schema keyword" + (f"; did you mean {near[0]!r}?" if near else ""))
    return stated


def describe(schema: Schema, text: Optional[str]) -> Schema:
    """The schema with a description, unless it has one that is nearer to the type."""
    return {**schema, "description": text} if text and "description" not in schema else schema


def _apply(schema: Schema, item: Any) -> Schema:
    if isinstance(item, str):
        return {**schema, "description": item}
    if isinstance(item, dict):
        return {**schema, **keywords_of(item)}
    if isinstance(getattr(item, "documentation", None), str):  # Doc("...")
        return {**schema, "description": item.documentation}
    for part in getattr(item, "metadata", None) or ():  # pydantic's Field holds constraint objects
        schema = _apply(schema, part)
    stated = dict(_stated(item))
    if not stated:
        return schema
    words = {name: value for name, value in stated.items() if name in _WORDS}
    limits = {name: value for name, value in stated.items() if name not in _WORDS}
    return {**_constrain(schema, limits), **words}


def _stated(item: Any) -> Iterator[Tuple[str, Any]]:
    """What a constraint object states, by the names that annotated_types and pydantic use."""
    names = (*_NUMBERS, "min_length", "max_length", "min_items", "max_items", "pattern", "regex", *_WORDS)
    for name in names:
        value = getattr(item, name, None)
        if value is not None and not callable(value):
            yield name, value


def _constrain(schema: Schema, limits: Dict[str, Any]) -> Schema:
    """Adds keywords to the schema, or to the member of a union that they fit (`Optional[int]`)."""
    if not limits:
        return schema
    if "anyOf" in schema:
        members = [_constrain(one, limits) if one.get("type") != "null" else one for one in schema["anyOf"]]
        return {**schema, "anyOf": members}
    return {**schema, **dict(_keyword(schema, name, value) for name, value in limits.items())}


def _keyword(schema: Schema, name: str, value: Any) -> Tuple[str, Any]:
    kind = schema.get("type")
    if name in _NUMBERS:
        if kind not in ("integer", "number", None) or isinstance(value, bool) or not isinstance(value, (int, float)):
            raise Inexpressible(f"the limit {name}={value!r} does not fit {_kind(schema)}: it is for numbers")
        return _NUMBERS[name], value
    if name in ("pattern", "regex"):
        if kind not in ("string", None):
            raise Inexpressible(f"a pattern does not fit {_kind(schema)}: it is for strings")
        return "pattern", getattr(value, "pattern", value)
    if kind not in _LENGTHS or "x-type" in schema:
        raise Inexpressible(f"{name}={value!r} does not fit {_kind(schema)}: it is for strings, arrays and objects")
    return _LENGTHS[kind][0 if name.startswith("min") else 1], value


def _kind(schema: Schema) -> str:
    return f"type {schema.get('x-type') or schema.get('type') or 'any'!s}"
