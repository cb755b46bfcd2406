"""What to write in place of types that JSON cannot hold."""

from __future__ import annotations

import io
import typing
from typing import Any, Tuple

_BY_NAME = {
    "Callable": "functions cannot be sent; take the name of what to do, such as Literal['mean', 'median']",
    "Type": "classes cannot be sent; take a name, such as Literal['a', 'b']",
    "type": "classes cannot be sent; take a name, such as Literal['a', 'b']",
    "complex": "use tuple[float, float]",
    "range": "use two int arguments",
    "slice": "use two int arguments",
    "memoryview": "use bytes",
    "Pattern": "use str, and compile it in the function",
    "Image": "use bytes, and open the image in the function",
    "DataFrame": "use list[dict[str, Any]]",
    "Series": "use list[float]",
    "Tensor": "use list[float]",
}
_STREAMS = ("Iterator", "Generator", "AsyncIterator", "AsyncGenerator", "AsyncIterable")


def show(hint: Any) -> str:
    """A hint as its author would write it."""
    if isinstance(hint, typing.ForwardRef):
        return hint.__forward_arg__
    if isinstance(hint, type) and not typing.get_args(hint):
        return hint.__qualname__
    return str(hint).replace("typing.", "")


def explain(hint: Any) -> str:
    """Why the hint has no schema, and what has."""
    return f"`{show(hint):.120}` cannot be written as JSON: {_advise(hint)}"


def _advise(hint: Any) -> str:
    for name in _names_of(hint):
        if name in _BY_NAME:
            return _BY_NAME[name]
        if name in _STREAMS:
            return "only a result can be a stream; use list"
    if isinstance(hint, type) and issubclass(hint, (io.IOBase, typing.IO)):
        return "files cannot be sent; use bytes for the content"
    if isinstance(hint, type):
        return "make it a dataclass, a TypedDict or a pydantic model, or use simple types"
    return "use str, int, float, bool, bytes, list, dict, dataclasses or TypedDict"


def _names_of(hint: Any) -> Tuple[str, ...]:
    origin = typing.get_origin(hint)
    found = [getattr(thing, "__name__", None) or getattr(thing, "_name", None) for thing in (hint, origin) if thing]
    return tuple(name for name in found if isinstance(name, str))
