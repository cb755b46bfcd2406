"""An algorithm of the adapter: its descriptor, and how its arguments are bound."""

from __future__ import annotations

import math
from typing import Any, Callable, Dict, List, NamedTuple, Optional

from .hints.classes import decode_named
from .hints.codec import Decode, Schema

#: How much of an earlier slow run is remembered by each later one.
_MEMORY = 0.5


class Argument(NamedTuple):
    """One argument as the caller names it."""

    name: str
    decode: Decode
    required: bool
    positional_only: bool = False
    default: Any = None


class Algorithm:
    """A function, ready to be called with what JSON gave."""

    def __init__(
        self,
        name: str,
        function: Callable[..., Any],
        *,
        mode: str,
        is_async: bool,
        arguments: List[Argument],
        input_schema: Schema,
        output_schema: Optional[Schema],
        description: str,
        context_name: Optional[str],
        decode_item: Optional[Decode] = None,
        finish: Optional[Callable[[Any], Any]] = None,
    ) -> None:
        self.name = name
        self.function = function
        self.mode = mode
        self.is_async = is_async
        self.is_batch = mode == "batch"
        self.is_stream = mode == "stream"
        self.context_name = context_name
        #: Streams and coroutines have to notice a cancel by themselves.
        self.needs_context = context_name is not None or self.is_stream or is_async
        self.decode_item = decode_item
        self.limits: Any = {}
        #: Seconds that runs took lately, at most; unknown at first, so taken for long.
        self.slowest = math.inf
        #: Changes a result before it is written.
        self.finish = finish
        self._decoders = {argument.name: argument.decode for argument in arguments}
        self._required = [argument.name for argument in arguments if argument.required]
        self._positional = [argument for argument in arguments if argument.positional_only]
        self._schemas = (input_schema, output_schema)
        self._description = description

    @property
    def descriptor(self) -> Dict[str, Any]:
        """What the parent tells the world of the algorithm."""
        input_schema, output_schema = self._schemas
        described: Dict[str, Any] = {"name": self.name}
        if self._description:
            described["description"] = self._description
        described["input"] = input_schema
        if output_schema is not None:
            described["output"] = output_schema
        described["mode"] = self.mode
        described["limits"] = self.limits
        return described

    def took(self, seconds: float) -> None:
        """Tells how long a run took: the longest is forgotten slowly."""
        slowest = self.slowest
        self.slowest = seconds if slowest == math.inf or seconds > slowest * _MEMORY else slowest * _MEMORY

    def bind(self, given: Dict[str, Any]) -> Dict[str, Any]:
        """The arguments by name, as their hints promise. Raises Mismatch."""
        return decode_named(given, self._decoders, self._required)

    def call(self, arguments: Dict[str, Any], context: Any) -> Any:
        """Calls the function: the result, or a coroutine, generator or async generator of it."""
        if self.context_name is not None:
            arguments[self.context_name] = context
        if not self._positional:
            return self.function(**arguments)
        ahead = [arguments.pop(one.name, one.default) for one in self._positional]
        return self.function(*ahead, **arguments)

    def call_batch(self, items: List[Any], context: Any) -> Any:
        """Calls a batch function with the decoded items."""
        if self.context_name is None:
            return self.function(items)
        return self.function(items, **{self.context_name: context})
