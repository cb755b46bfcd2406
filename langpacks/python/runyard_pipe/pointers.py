"""JSON Pointers (RFC 6901)."""

from __future__ import annotations

from typing import Iterable, Union

Key = Union[str, int]


def to_pointer(path: Iterable[Key]) -> str:
    """The JSON Pointer of a path; empty for the whole."""
    return "".join("/" + str(key).replace("~", "~0").replace("/", "~1") for key in path)
