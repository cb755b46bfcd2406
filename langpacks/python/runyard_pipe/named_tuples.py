"""NamedTuples in results: objects, where the json module would write arrays."""

from __future__ import annotations

import dataclasses
from typing import Any


def to_objects(value: Any) -> Any:
    """The value with every NamedTuple in it as a dict of its fields."""
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return {name: to_objects(item) for name, item in zip(value._fields, value)}
    if isinstance(value, dict):
        return {key: to_objects(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [to_objects(item) for item in value]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: to_objects(getattr(value, field.name)) for field in dataclasses.fields(value)}
    return value
