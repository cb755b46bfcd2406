"""The adapter's `limits`: time, tries and batches per algorithm. The parent checks them."""

from __future__ import annotations

import re
from typing import Any, Dict


def read_limits(stated: Any) -> Any:
    """The limits by algorithm, names in camelCase; what is no dict of dicts is passed on for the parent to refuse."""
    if not isinstance(stated, dict):
        return _show(stated)
    return {str(name): _read_one(one) for name, one in stated.items()}


def _read_one(stated: Any) -> Any:
    if not isinstance(stated, dict):
        return _show(stated)
    read: Dict[str, Any] = {}
    for key, value in stated.items():
        name = _camel(key)
        read[name] = _read_one(value) if name == "batch" else _show(value)
    return read


def _show(value: Any) -> Any:
    """A value that JSON can hold: itself, or how Python shows it."""
    return value if isinstance(value, (bool, int, float, str, list)) or value is None else repr(value)


def _camel(key: Any) -> str:
    return re.sub(r"_([a-z])", lambda match: match[1].upper(), str(key))
