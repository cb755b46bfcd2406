"""A type hint, made ready for use: its schema, and how to build its values from JSON."""

from __future__ import annotations

from typing import Any, Callable, Dict, NamedTuple

Schema = Dict[str, Any]
Decode = Callable[[Any], Any]


class Codec(NamedTuple):
    """`decode` takes what JSON gave and returns what the function expects, or raises Mismatch."""

    schema: Schema
    decode: Decode


def unchanged(value: Any) -> Any:
    """Decodes where any JSON value will do."""
    return value
