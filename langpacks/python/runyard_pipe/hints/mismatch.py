"""Why a value does not fit a type hint, and why a hint cannot be a schema."""

from __future__ import annotations

from typing import List, Sequence, Tuple

from ..pointers import Key

_KINDS = {
    bool: "a boolean",
    int: "a number",
    float: "a number",
    str: "a string",
    list: "an array",
    dict: "an object",
}


class Mismatch(Exception):
    """A value does not fit its hint. Holds every wrong place as (path, message)."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.places: List[Tuple[List[Key], str]] = [([], message)]

    @classmethod
    def of(cls, places: Sequence[Tuple[List[Key], str]]) -> "Mismatch":
        """A mismatch in several places at once."""
        mismatch = cls(places[0][1])
        mismatch.places = list(places)
        return mismatch

    def within(self, key: Key) -> "Mismatch":
        """The same mismatch, seen from one level further out."""
        for path, _ in self.places:
            path.insert(0, key)
        return self


class Inexpressible(Exception):
    """A hint has no JSON Schema. The message says which, and what to write in its place."""


def kind_of(value: object) -> str:
    """What came, in the words of JSON."""
    if value is None:
        return "null"
    return _KINDS.get(type(value), type(value).__name__)
