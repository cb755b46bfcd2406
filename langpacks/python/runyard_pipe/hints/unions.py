"""Values that may have one of several types."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, FrozenSet, List, Tuple

from .codec import Codec, Decode
from .mismatch import Mismatch, kind_of

if TYPE_CHECKING:
    from .compiler import HintCompiler


def compile_union(compiler: "HintCompiler", members: Tuple[Any, ...]) -> Codec:
    """The first member that fits takes the value; numbers keep the type they came with when it is a member."""
    codecs = [compiler.compile(member) for member in members]
    schemas: List[Any] = []
    for codec in codecs:
        if codec.schema not in schemas:
            schemas.append(codec.schema)
    schema = schemas[0] if len(schemas) == 1 else {"anyOf": schemas}
    numbers = frozenset(member for member in members if member in (int, float))
    return Codec(schema, _decode_first(tuple(codec.decode for codec in codecs), numbers))


def _decode_first(decoders: Tuple[Decode, ...], numbers: FrozenSet[Any]) -> Decode:
    def decode(value: Any) -> Any:
        if type(value) in numbers:
            return value
        nearest: "Mismatch | None" = None
        for attempt in decoders:
            try:
                return attempt(value)
            except Mismatch as mismatch:
                if nearest is None or _depth(mismatch) > _depth(nearest):
                    nearest = mismatch
        if nearest is not None and _depth(nearest) > 0:
            raise nearest
        raise Mismatch(f"{kind_of(value)} fits none of the permitted types: " + _messages(decoders, value))

    return decode


def _depth(mismatch: Mismatch) -> int:
    return max(len(path) for path, _ in mismatch.places)


def _messages(decoders: Tuple[Decode, ...], value: Any) -> str:
    """Why each member refuses the value; asked again only when all did."""
    found: List[str] = []
    for attempt in decoders:
        try:
            attempt(value)
        except Mismatch as mismatch:
            message = mismatch.places[0][1]
            if message not in found:
                found.append(message)
    return "; ".join(found)
