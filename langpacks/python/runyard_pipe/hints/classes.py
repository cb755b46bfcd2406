"""Classes with named fields: dataclasses, TypedDicts, NamedTuples; subclasses of simple types; numpy's types."""

from __future__ import annotations

import dataclasses
import typing
from typing import TYPE_CHECKING, Any, Callable, Dict, List, NamedTuple, Optional, Tuple, Type

from ..docstrings import parse_docstring
from .codec import Codec, Decode, Schema
from .constraints import describe, keywords_of
from .defaults import with_default
from .mismatch import Inexpressible, Mismatch, kind_of
from .resolve import resolve_class_hints
from .scalars import SCALARS

if TYPE_CHECKING:
    from .compiler import HintCompiler


class _Field(NamedTuple):
    name: str
    codec: Codec
    required: bool
    #: Read from the input; fields with init=False are written only.
    accepted: bool = True


def find_builder(compiler: "HintCompiler", cls: Type[Any]) -> Optional[Callable[[], Codec]]:
    """How to compile a class with fields; None when it is none."""
    if dataclasses.is_dataclass(cls):
        return lambda: _compile_dataclass(compiler, cls)
    if _is_typed_dict(cls):
        return lambda: _compile_typed_dict(compiler, cls)
    if issubclass(cls, tuple) and hasattr(cls, "_fields"):
        return lambda: _compile_named_tuple(compiler, cls)
    return None


def _is_typed_dict(cls: Type[Any]) -> bool:
    return issubclass(cls, dict) and hasattr(cls, "__total__") and hasattr(cls, "__annotations__")


def _compile_dataclass(compiler: "HintCompiler", cls: Type[Any]) -> Codec:
    fields = _dataclass_fields(compiler, cls)
    accepted = {field.name: field.codec.decode for field in fields if field.accepted}
    required = [field.name for field in fields if field.accepted and field.required]
    shown = [field for field in fields if field.accepted or compiler.output]
    return Codec(_object_schema(cls, shown), _decode_fields(cls, accepted, required))


def _dataclass_fields(compiler: "HintCompiler", cls: Type[Any]) -> List[_Field]:
    hints = resolve_class_hints(cls)
    documented = parse_docstring(cls.__doc__).arguments
    found: List[_Field] = []
    for field in dataclasses.fields(cls):
        codec = _compile_field(compiler, cls, field.name, hints[field.name])
        codec = _with_field_metadata(codec, field, documented.get(field.name))
        optional = field.default is not dataclasses.MISSING or field.default_factory is not dataclasses.MISSING
        found.append(_Field(field.name, codec, compiler.output or not optional, field.init))
    if not compiler.output:
        found.extend(_init_only_fields(compiler, cls, hints))
    return found


def _init_only_fields(compiler: "HintCompiler", cls: Type[Any], hints: Dict[str, Any]) -> List[_Field]:
    found: List[_Field] = []
    for name, hint in hints.items():
        if isinstance(hint, dataclasses.InitVar):
            codec = _compile_field(compiler, cls, name, hint.type)
            if hasattr(cls, name):
                codec = with_default(codec, getattr(cls, name))
            found.append(_Field(name, codec, not hasattr(cls, name)))
    return found


def _with_field_metadata(codec: Codec, field: Any, documented: Optional[str]) -> Codec:
    schema = describe({**codec.schema, **keywords_of(dict(field.metadata))}, documented)
    stated = Codec(schema, codec.decode)
    if field.default is not dataclasses.MISSING:
        return with_default(stated, field.default)
    if field.default_factory in (list, dict, set, tuple):  # others may do anything: they are not called
        return with_default(stated, field.default_factory())
    return stated


def _compile_typed_dict(compiler: "HintCompiler", cls: Type[Any]) -> Codec:
    hints = resolve_class_hints(cls)
    documented = parse_docstring(cls.__doc__).arguments
    fields: List[_Field] = []
    for name, hint in hints.items():
        codec = _compile_field(compiler, cls, name, hint)
        codec = Codec(describe(codec.schema, documented.get(name)), codec.decode)
        fields.append(_Field(name, codec, _is_required(cls, name, hint)))
    decoders = {field.name: field.codec.decode for field in fields}
    required = [field.name for field in fields if field.required]
    return Codec(_object_schema(cls, fields), _decode_fields(dict, decoders, required))


def _is_required(cls: Type[Any], name: str, hint: Any) -> bool:
    marker = getattr(typing.get_origin(hint), "_name", None)
    if marker == "ReadOnly":
        return _is_required(cls, name, typing.get_args(hint)[0])
    if marker in ("Required", "NotRequired"):
        return bool(marker == "Required")
    keys = getattr(cls, "__required_keys__", None)
    if keys is None:  # 3.8
        return bool(cls.__total__)
    return name in keys


def _compile_named_tuple(compiler: "HintCompiler", cls: Type[Any]) -> Codec:
    compiler.has_named_tuples = True
    hints = resolve_class_hints(cls)
    documented = parse_docstring(cls.__doc__).arguments
    fields: List[_Field] = []
    for name in cls._fields:
        codec = _compile_field(compiler, cls, name, hints.get(name, Any))
        codec = Codec(describe(codec.schema, documented.get(name)), codec.decode)
        if name in cls._field_defaults:
            codec = with_default(codec, cls._field_defaults[name])
        fields.append(_Field(name, codec, compiler.output or name not in cls._field_defaults))
    decoders = {field.name: field.codec.decode for field in fields}
    required = [field.name for field in fields if field.required]
    return Codec(_object_schema(cls, fields), _decode_fields(cls, decoders, required))


def _object_schema(cls: Type[Any], fields: List[_Field]) -> Schema:
    schema: Schema = {"type": "object", "title": cls.__name__}
    description = _own_description(cls)
    if description:
        schema["description"] = description
    schema["properties"] = {field.name: field.codec.schema for field in fields}
    required = [field.name for field in fields if field.required]
    if required:
        schema["required"] = required
    schema["additionalProperties"] = False
    return schema


def _own_description(cls: Type[Any]) -> Optional[str]:
    text = cls.__dict__.get("__doc__")
    if not text or text.startswith(cls.__name__ + "("):  # the signature that Python puts there
        return None
    return parse_docstring(text).description or None


def _decode_fields(build: Callable[..., Any], decoders: Dict[str, Decode], required: List[str]) -> Decode:
    def decode(value: Any) -> Any:
        if type(value) is not dict:
            raise Mismatch(f"expected an object, got {kind_of(value)}")
        decoded = decode_named(value, decoders, required)
        if build is dict:
            return decoded
        try:
            return build(**decoded)
        except (ValueError, TypeError) as error:  # what __post_init__ says of its values
            raise Mismatch(str(error)) from error

    return decode


def decode_named(value: Dict[str, Any], decoders: Dict[str, Decode], required: List[str]) -> Dict[str, Any]:
    """Decodes by name; missing and unknown names are mismatches, all of them reported together."""
    decoded: Dict[str, Any] = {}
    places: List[Tuple[List[Any], str]] = []
    for name, item in value.items():
        decode = decoders.get(name)
        if decode is None:
            places.append(([name], f"is not known here; known are {', '.join(decoders) or 'none'}"))
            continue
        try:
            decoded[name] = decode(item)
        except Mismatch as mismatch:
            places.extend(mismatch.within(name).places)
    for name in required:
        if name not in value:
            places.append(([name], "is missing"))
    if places:
        raise Mismatch.of(places)
    return decoded


def _compile_field(compiler: "HintCompiler", cls: Type[Any], name: str, hint: Any) -> Codec:
    try:
        return compiler.compile(hint)
    except Inexpressible as error:
        raise Inexpressible(f"field {name} of {cls.__name__}: {error}") from None


def compile_subclass(cls: Type[Any]) -> Optional[Codec]:
    """Subclasses of str, int and float, and numpy's arrays and scalars; None for other classes."""
    if cls.__module__.split(".")[0] == "numpy":
        return _compile_numpy(cls)
    for base in (str, int, float):
        if issubclass(cls, base):
            return Codec(SCALARS[base].schema, _decode_by(SCALARS[base].decode, cls))
    return None


def _compile_numpy(cls: Type[Any]) -> Optional[Codec]:
    """Arrays are nested lists; their items are checked by numpy alone."""
    import numpy  # type: ignore[import-not-found,unused-ignore]

    if issubclass(cls, numpy.ndarray):
        return Codec({"type": "array"}, _decode_by(SCALARS[Any].decode, numpy.asarray))
    for family, base in (
        (numpy.bool_, bool),
        (numpy.integer, int),
        (numpy.floating, float),
        (numpy.str_, str),
    ):
        if issubclass(cls, family):
            return Codec(SCALARS[base].schema, _decode_by(SCALARS[base].decode, cls))
    return None


def _decode_by(first: Decode, build: Callable[[Any], Any]) -> Decode:
    def decode(value: Any) -> Any:
        plain = first(value)
        try:
            return build(plain)
        except (ValueError, TypeError, OverflowError) as error:
            raise Mismatch(str(error)) from error

    return decode
