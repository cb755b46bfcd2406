"""Arrays, tuples, sets and mappings."""

from __future__ import annotations

import collections
from collections import abc
from typing import TYPE_CHECKING, Any, Callable, Dict, FrozenSet, Optional, Tuple

from .codec import Codec, Decode, Schema, unchanged
from .mismatch import Inexpressible, Mismatch, kind_of
from .scalars import SCALARS, decode_bool, decode_float, decode_int, decode_str

if TYPE_CHECKING:
    from .compiler import HintCompiler

_LISTS: FrozenSet[Any] = frozenset(
    [list, abc.Sequence, abc.MutableSequence, abc.Collection, abc.Iterable, abc.Reversible, abc.Container]
)
_SETS: Dict[Any, Callable[[Any], Any]] = {
    set: set,
    frozenset: frozenset,
    abc.Set: set,
    abc.MutableSet: set,
}
_MAPPINGS: Dict[Any, Callable[[Any], Any]] = {
    dict: dict,
    abc.Mapping: dict,
    abc.MutableMapping: dict,
    collections.OrderedDict: collections.OrderedDict,
    collections.Counter: collections.Counter,
    collections.defaultdict: lambda items: collections.defaultdict(None, items),
}
_EXACT: Dict[Decode, type] = {decode_str: str, decode_int: int, decode_float: float, decode_bool: bool}


def compile_container(compiler: "HintCompiler", origin: Any, args: Tuple[Any, ...]) -> Optional[Codec]:
    """The codec of a container type, with or without its arguments; None when it is no container."""
    if origin in _LISTS:
        return _compile_items(compiler, args, {}, None)
    if origin is collections.deque:
        return _compile_items(compiler, args, {}, collections.deque)
    if origin in _SETS:
        return _compile_items(compiler, args, {"uniqueItems": True}, _SETS[origin])
    if origin is tuple:
        return _compile_tuple(compiler, args)
    if origin is collections.Counter:
        return _compile_mapping(compiler, (args[0] if args else str, int), _MAPPINGS[origin])
    if origin in _MAPPINGS:
        return _compile_mapping(compiler, args, _MAPPINGS[origin])
    return None


def _compile_items(
    compiler: "HintCompiler", args: Tuple[Any, ...], keywords: Schema, build: Optional[Callable[[Any], Any]]
) -> Codec:
    item = compiler.compile(args[0]) if args else SCALARS[Any]
    schema = {"type": "array", **({"items": item.schema} if item.schema else {}), **keywords}
    decode_items = _decode_items(item.decode)
    if build is None:
        return Codec(schema, decode_items)

    def decode(value: Any) -> Any:
        try:
            return build(decode_items(value))
        except TypeError as error:  # a set of arrays or objects
            raise Mismatch(f"the items cannot be in a {build.__name__}: {error}") from None

    return Codec(schema, decode)


def _decode_items(decode_item: Decode) -> Decode:
    exact = _EXACT.get(decode_item)

    def decode(value: Any) -> Any:
        if type(value) is not list:
            raise Mismatch(f"expected an array, got {kind_of(value)}")
        if decode_item is unchanged or (exact is not None and set(map(type, value)) <= {exact}):
            return value
        return _decode_each(value, (decode_item,) * len(value))

    return decode


def _decode_each(values: Any, decoders: Tuple[Decode, ...]) -> Any:
    """Decodes item by item; a mismatch names the index."""
    index = 0
    decoded = []
    try:
        for index, item in enumerate(values):
            decoded.append(decoders[index](item))
    except Mismatch as mismatch:
        raise mismatch.within(index) from None
    return decoded


def _compile_tuple(compiler: "HintCompiler", args: Tuple[Any, ...]) -> Codec:
    """`tuple[T, ...]` is an array of any length, `tuple[A, B]` one of two items."""
    if not args or (len(args) == 2 and args[1] is Ellipsis):
        return _compile_items(compiler, args[:1], {}, tuple)
    items = () if args == ((),) else args
    codecs = [compiler.compile(item) for item in items]
    schema: Schema = {"type": "array", "minItems": len(codecs), "maxItems": len(codecs)}
    if codecs:
        schema["prefixItems"] = [codec.schema for codec in codecs]
    return Codec(schema, _decode_tuple(tuple(codec.decode for codec in codecs)))


def _decode_tuple(decoders: Tuple[Decode, ...]) -> Decode:
    def decode(value: Any) -> Any:
        if type(value) is not list:
            raise Mismatch(f"expected an array, got {kind_of(value)}")
        if len(value) != len(decoders):
            raise Mismatch(f"expected {len(decoders)} items, got {len(value)}")
        return tuple(_decode_each(value, decoders))

    return decode


def _compile_mapping(compiler: "HintCompiler", args: Tuple[Any, ...], build: Callable[[Any], Any]) -> Codec:
    if not args:
        return Codec({"type": "object"}, _decode_mapping(unchanged, unchanged, build))
    key, value = compiler.compile(args[0]), compiler.compile(args[1])
    schema: Schema = {"type": "object", "additionalProperties": value.schema or True}
    decode_key, names = _compile_key(args[0], key)
    if names:
        schema["propertyNames"] = names
    return Codec(schema, _decode_mapping(decode_key, value.decode, build))


def _compile_key(hint: Any, codec: Codec) -> Tuple[Decode, Schema]:
    """How names of properties are read as keys, and what they must look like."""
    if codec.schema in ({}, {"type": "string"}):
        return (unchanged if codec.schema == {} else codec.decode), {}
    if hint is int:
        return _parse_int_key, {"pattern": r"^-?\d+$"}
    if codec.schema.get("type") == "string":
        return codec.decode, {name: word for name, word in codec.schema.items() if name != "type"}
    raise Inexpressible(f"keys of JSON objects are strings, and {hint!r:.60} is none; use str or int")


def _parse_int_key(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise Mismatch(f"expected a whole number as key, got {text!r:.60}") from None


def _decode_mapping(decode_key: Decode, decode_value: Decode, build: Callable[[Any], Any]) -> Decode:
    def decode(value: Any) -> Any:
        if type(value) is not dict:
            raise Mismatch(f"expected an object, got {kind_of(value)}")
        if decode_key is unchanged and decode_value is unchanged:
            return value if build is dict else build(value)
        decoded = {}
        for name, item in value.items():
            try:
                decoded[decode_key(name)] = decode_value(item)
            except Mismatch as mismatch:
                raise mismatch.within(name) from None
        return build(decoded)

    return decode
