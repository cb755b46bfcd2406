"""Turns type hints into schemas and decoders."""

from __future__ import annotations

import dataclasses
import typing
from typing import Any, Callable, Dict, Mapping, Optional, Set, Tuple

from . import advice, classes, containers, enums, pydantic_models, scalars, unions
from .codec import Codec, Schema
from .constraints import apply_metadata
from .mismatch import Inexpressible

try:  # `int | None`, since 3.10
    from types import UnionType as _UNION_TYPE
except ImportError:
    _UNION_TYPE = None  # type: ignore[assignment,misc]


@dataclasses.dataclass
class _Open:
    """A type that is being compiled further up: seeing it again means it holds itself."""

    name: Optional[str] = None
    codec: Optional[Codec] = None


class HintCompiler:
    """Compiles the hints of one schema document; `definitions` become its `$defs`.

    `output` chooses the form that results have where it differs from what is accepted.
    """

    def __init__(self, output: bool = False) -> None:
        self.output = output
        self.definitions: Dict[str, Schema] = {}
        self._open: Dict[Any, _Open] = {}
        self.names: Set[str] = set()
        #: The json module would write them as arrays.
        self.has_named_tuples = False
        self._typevars: Mapping[Any, Any] = {}

    def compile(self, hint: Any) -> Codec:
        """Raises Inexpressible, in words for the author of the adapter."""
        scalar = _lookup_scalar(hint)
        if scalar is not None:
            return self._directed(hint, scalar)
        if isinstance(hint, (str, typing.ForwardRef)):
            raise Inexpressible(f"the type {advice.show(hint)} is not known")
        if hasattr(hint, "__metadata__"):
            return self._compile_annotated(hint)
        if hasattr(hint, "__supertype__"):  # NewType
            return self.compile(hint.__supertype__)
        if isinstance(hint, typing.TypeVar):
            return self._compile_typevar(hint)
        origin = typing.get_origin(hint)
        if origin is not None:
            return self._compile_generic(hint, origin, typing.get_args(hint))
        if hasattr(hint, "__value__"):  # `type X = ...`
            return self._recursive(hint, hint.__name__, lambda: self.compile(hint.__value__))
        return self._compile_class(hint)

    def document(self, schema: Schema) -> Schema:
        """The schema with the definitions that it refers to."""
        return {**schema, "$defs": dict(self.definitions)} if self.definitions else schema

    def reserve(self, name: str) -> str:
        """A name for a definition: this one, or one near to it when that is taken."""
        free, number = name, 2
        while free in self.names:
            free, number = f"{name}{number}", number + 1
        self.names.add(free)
        return free

    def substituted(self, typevars: Mapping[Any, Any], build: Callable[[], Codec]) -> Codec:
        """Builds with type variables standing for what a generic class was given."""
        before = self._typevars
        self._typevars = {**before, **{name: given for name, given in typevars.items() if name is not given}}
        try:
            return build()
        finally:
            self._typevars = before

    def _directed(self, hint: Any, codec: Codec) -> Codec:
        if self.output and isinstance(hint, type) and hint in scalars.OUTPUT_SCHEMAS:
            return Codec(scalars.OUTPUT_SCHEMAS[hint], codec.decode)
        return codec

    def _compile_annotated(self, hint: Any) -> Codec:
        if pydantic_models.must_validate(hint.__metadata__):
            return pydantic_models.compile_type(self, hint)
        return apply_metadata(self.compile(hint.__origin__), hint.__metadata__)

    def _compile_typevar(self, hint: Any) -> Codec:
        if hint in self._typevars:
            return self.compile(self._typevars[hint])
        if hint.__constraints__:
            return unions.compile_union(self, hint.__constraints__)
        return self.compile(Any if hint.__bound__ is None else hint.__bound__)

    def _compile_generic(self, hint: Any, origin: Any, args: Tuple[Any, ...]) -> Codec:
        if origin is typing.Literal or getattr(origin, "_name", None) == "Literal":
            return enums.compile_literal(args)
        if origin is typing.Union or (_UNION_TYPE is not None and origin is _UNION_TYPE):
            return unions.compile_union(self, args)
        if getattr(origin, "_name", None) in ("Required", "NotRequired", "ReadOnly", "Final"):
            return self.compile(args[0])
        if hasattr(origin, "__value__"):
            variables = dict(zip(origin.__type_params__, args))
            return self.substituted(variables, lambda: self.compile(origin.__value__))
        container = containers.compile_container(self, origin, args)
        if container is not None:
            return container
        return self._compile_class(origin, args, hint)

    def _compile_class(self, cls: Any, args: Tuple[Any, ...] = (), hint: Any = None) -> Codec:
        whole = cls if hint is None else hint
        if not isinstance(cls, type):
            raise Inexpressible(advice.explain(whole))
        if pydantic_models.is_model(cls):
            return pydantic_models.compile_type(self, whole)
        if enums.is_enum(cls):
            return enums.compile_enum(cls)
        build = classes.find_builder(self, cls)
        if build is not None:
            resolved = tuple(self._typevars.get(arg, arg) if isinstance(arg, typing.TypeVar) else arg for arg in args)
            variables = dict(zip(getattr(cls, "__parameters__", ()), resolved))
            key = (cls, str(resolved)) if resolved else cls
            return self.substituted(variables, lambda: self._recursive(key, cls.__name__, build))
        codec = containers.compile_container(self, cls, ()) or classes.compile_subclass(cls)
        if codec is None:
            raise Inexpressible(advice.explain(whole))
        return codec

    def _recursive(self, key: Any, name: str, build: Callable[[], Codec]) -> Codec:
        """Builds a named type; one that holds itself becomes a definition and references to it."""
        seen = self._open.get(key)
        if seen is not None:
            if seen.codec is not None and seen.name is not None:
                return Codec({"$ref": "#/$defs/" + seen.name}, seen.codec.decode)
            seen.name = seen.name or self.reserve(name)
            return Codec({"$ref": "#/$defs/" + seen.name}, _later(seen))
        entry = self._open[key] = _Open()
        try:
            entry.codec = build()
        finally:
            if entry.name is None:
                del self._open[key]
        if entry.name is None:
            return entry.codec
        self.definitions[entry.name] = entry.codec.schema
        return Codec({"$ref": "#/$defs/" + entry.name}, entry.codec.decode)


def _later(entry: _Open) -> Callable[[Any], Any]:
    """Decodes by what the entry will hold when everything is compiled."""

    def decode(value: Any) -> Any:
        assert entry.codec is not None
        return entry.codec.decode(value)

    return decode


def _lookup_scalar(hint: Any) -> Optional[Codec]:
    try:
        return scalars.SCALARS.get(hint)
    except TypeError:  # hints with unhashable metadata
        return None
