"""Pydantic's models and types, version 1 and 2: they bring their own schema and validate by themselves."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any, Callable, Dict, Tuple, Type

from .codec import Codec, Schema
from .mismatch import Inexpressible, Mismatch

if TYPE_CHECKING:
    from .compiler import HintCompiler

_REFERENCE = "#/$defs/"


def is_model(cls: Type[Any]) -> bool:
    """True for models, pydantic's dataclasses and types that pydantic alone understands."""
    return "pydantic" in sys.modules and (
        hasattr(cls, "__get_pydantic_core_schema__")
        or hasattr(cls, "__pydantic_core_schema__")
        or hasattr(cls, "__get_validators__")
        or hasattr(cls, "__pydantic_model__")
    )


def must_validate(metadata: Tuple[Any, ...]) -> bool:
    """True when the metadata of `Annotated` holds validators that only pydantic can run."""
    return any(hasattr(type(item), "__get_pydantic_core_schema__") for item in metadata)


def compile_type(compiler: "HintCompiler", hint: Any) -> Codec:
    """The type's own schema, its definitions among the document's, and its own validation."""
    import pydantic  # type: ignore[import-not-found,unused-ignore]

    two = pydantic.VERSION.split(".")[0] != "1"
    try:
        schema, validate = (_version_2 if two else _version_1)(pydantic, hint, compiler.output)
    except Exception as error:  # pydantic has many words for "no schema", and moved them between versions
        raise Inexpressible(f"pydantic has no schema for {hint!r:.80}: {error}") from error
    return Codec(_adopt(compiler, schema), _decode_by(pydantic, validate))


def _version_2(pydantic: Any, hint: Any, output: bool) -> Tuple[Schema, Callable[[Any], Any]]:
    adapter = pydantic.TypeAdapter(hint)
    mode = "serialization" if output else "validation"
    schema = adapter.json_schema(mode=mode, ref_template=_REFERENCE + "{model}")
    return schema, adapter.validate_python


def _version_1(pydantic: Any, hint: Any, _output: bool) -> Tuple[Schema, Callable[[Any], Any]]:
    if hasattr(hint, "parse_obj"):
        schema = hint.schema(ref_template=_REFERENCE + "{model}")
        return _modernise(schema), hint.parse_obj
    schema = pydantic.schema_of(hint, ref_template=_REFERENCE + "{model}")
    del schema["title"]  # of a model around the type
    return _modernise(schema), lambda value: pydantic.parse_obj_as(hint, value)


def _modernise(schema: Any) -> Any:
    """Draft 7, which version 1 writes, as 2020-12."""
    if isinstance(schema, list):
        return [_modernise(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    modern: Dict[str, Any] = {}
    for word, value in schema.items():
        if word == "items" and isinstance(value, list):
            modern["prefixItems"] = _modernise(value)
        else:
            modern["$defs" if word == "definitions" else word] = _modernise(value)
    return modern


def _adopt(compiler: "HintCompiler", schema: Schema) -> Schema:
    """Moves the schema's definitions into the document's; all get other names when one is taken."""
    definitions = schema.pop("$defs", {})
    if any(compiler.definitions.get(name, body) != body for name, body in definitions.items()):
        moved = {name: compiler.reserve(name) for name in definitions}
        definitions = {new: _redirect(definitions[name], moved) for name, new in moved.items()}
        schema = _redirect(schema, moved)
    compiler.definitions.update(definitions)
    compiler.names.update(definitions)
    return schema


def _redirect(schema: Any, moved: Dict[str, str]) -> Any:
    text = json.dumps(schema)
    for name, new in moved.items():
        text = text.replace(json.dumps(_REFERENCE + name), json.dumps(_REFERENCE + new))
    return json.loads(text)


def _decode_by(pydantic: Any, validate: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def decode(value: Any) -> Any:
        try:
            return validate(value)
        except pydantic.ValidationError as error:
            raise Mismatch.of([(_path(one["loc"]), str(one["msg"])) for one in error.errors()]) from error

    return decode


def _path(location: Tuple[Any, ...]) -> "list[Any]":
    return [key for key in location if key != "__root__"]
