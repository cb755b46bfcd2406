"""Reads a function's signature, hints and docstring into an Algorithm."""

from __future__ import annotations

import functools
import inspect
import os
import typing
from collections import abc
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Tuple

from .algorithm import Algorithm, Argument
from .context import Context
from .docstrings import parse_docstring
from .hints import Codec, HintCompiler, Inexpressible, Schema
from .hints.advice import show
from .hints.codec import Decode
from .hints.constraints import describe
from .hints.defaults import with_default
from .hints.resolve import resolve_hint, type_parameters
from .named_tuples import to_objects

_STREAMS = (abc.Iterator, abc.Generator, abc.AsyncIterator, abc.AsyncGenerator)
_ITERABLES = (abc.Iterable, abc.AsyncIterable)
_LISTS = (list, abc.Sequence, abc.Iterable, abc.Collection)
_EMPTY = inspect.Parameter.empty


class Problem(NamedTuple):
    """Why something in the adapter cannot be described, for its author."""

    file: str
    line: int
    function: Optional[str]
    argument: Optional[str]
    message: str


class Invalid(Exception):
    """The adapter, or a function of it, cannot be described; holds everything that is wrong."""

    def __init__(self, problems: List[Problem]) -> None:
        super().__init__("; ".join(problem.message for problem in problems))
        self.problems = problems


class _Input(NamedTuple):
    schema: Schema
    arguments: List[Argument]
    decode_item: Optional[Decode] = None


def read_algorithm(name: str, attribute: str, function: Callable[..., Any]) -> Algorithm:
    """The algorithm behind a function of the adapter. Raises Invalid with all its problems at once."""
    return _FunctionReader(attribute, function).read(name, batch=attribute.startswith("batch_"))


def innermost(function: Any) -> Any:
    """The function as it is written, below decorators, partials and bound methods."""
    inner = inspect.unwrap(function)
    while isinstance(inner, functools.partial):
        inner = inspect.unwrap(inner.func)
    if not inspect.isroutine(inner):
        inner = getattr(type(inner), "__call__", inner)
    return getattr(inner, "__func__", inner)


class _FunctionReader:
    """Reads one function; collects problems rather than stopping at the first."""

    def __init__(self, attribute: str, function: Callable[..., Any]) -> None:
        self._attribute = attribute
        self._function = function
        self._inner = innermost(function)
        self._scope = {**getattr(self._inner, "__globals__", {}), **type_parameters(self._inner)}
        self._doc = parse_docstring(getattr(self._inner, "__doc__", None))
        self._problems: List[Problem] = []
        self._context_name: Optional[str] = None
        self._finish: Optional[Callable[[Any], Any]] = None

    def read(self, name: str, batch: bool) -> Algorithm:
        parameters, returned = self._read_signature()
        taken = self._read_batch(parameters) if batch else self._read_arguments(parameters)
        mode = "batch" if batch else self._read_mode(returned)
        output = self._read_output(returned, mode)
        if self._problems:
            raise Invalid(self._problems)
        return Algorithm(
            name,
            self._function,
            mode=mode,
            is_async=self._is_async(),
            arguments=taken.arguments,
            input_schema=taken.schema,
            output_schema=output,
            description=self._doc.description,
            context_name=self._context_name,
            decode_item=taken.decode_item,
            finish=self._finish,
        )

    def _read_signature(self) -> Tuple[List[inspect.Parameter], Any]:
        """The parameters that callers give, with their hints evaluated, and the hint of the result."""
        try:
            signature = inspect.signature(self._function)
        except (ValueError, TypeError, NameError) as error:
            self._complain(None, f"its arguments cannot be read: {error}")
            return [], _EMPTY
        parameters: List[inspect.Parameter] = []
        for parameter in signature.parameters.values():
            if parameter.name == "ctx":
                self._take_context(parameter)
                continue
            resolved = parameter.replace(annotation=self._resolve(parameter.name, parameter.annotation))
            if resolved.annotation is Context:
                self._take_context(resolved)
            else:
                parameters.append(resolved)
        return parameters, self._resolve("return", signature.return_annotation)

    def _take_context(self, parameter: inspect.Parameter) -> None:
        self._context_name = parameter.name
        if parameter.kind is inspect.Parameter.POSITIONAL_ONLY:
            self._complain(parameter.name, "the context is passed by name: put it behind the `/`")

    def _resolve(self, argument: str, annotation: Any) -> Any:
        if annotation is _EMPTY:
            return _EMPTY
        try:
            return resolve_hint(annotation, self._scope)
        except Inexpressible as error:
            self._complain(argument, str(error))
            return _EMPTY

    def _read_arguments(self, parameters: List[inspect.Parameter]) -> _Input:
        compiler = HintCompiler()
        arguments: List[Argument] = []
        properties: Dict[str, Schema] = {}
        for parameter in parameters:
            codec = self._compile_parameter(compiler, parameter)
            required = parameter.default is _EMPTY
            properties[parameter.name] = codec.schema
            positional = parameter.kind is inspect.Parameter.POSITIONAL_ONLY
            arguments.append(Argument(parameter.name, codec.decode, required, positional, parameter.default))
        schema: Schema = {"type": "object", "properties": properties}
        required_names = [argument.name for argument in arguments if argument.required]
        if required_names:
            schema["required"] = required_names
        schema["additionalProperties"] = False
        return _Input(compiler.document(schema), arguments)

    def _compile_parameter(self, compiler: HintCompiler, parameter: inspect.Parameter) -> Codec:
        name = parameter.name
        if parameter.kind is inspect.Parameter.VAR_POSITIONAL:
            self._complain(name, f"*{name} has no names to call it by; take a list argument")
        if parameter.kind is inspect.Parameter.VAR_KEYWORD:
            self._complain(name, f"**{name} has no schema; name the arguments, or take a dict argument")
        if type(parameter.default).__name__ == "FieldInfo":
            self._complain(name, "pydantic's Field() is no default here; write Annotated[T, Field(...)] = default")
        codec = self._compile(compiler, name, parameter.annotation)
        codec = Codec(describe(codec.schema, self._doc.arguments.get(name)), codec.decode)
        return codec if parameter.default is _EMPTY else with_default(codec, parameter.default)

    def _read_batch(self, parameters: List[inspect.Parameter]) -> _Input:
        """`items: list[T]`: the fields of T are the arguments of one caller."""
        if len(parameters) != 1:
            self._complain(None, "a batch function takes one argument, a list of items (and ctx when it wants)")
            return _Input({}, [])
        name, hint = parameters[0].name, parameters[0].annotation
        if hint is not _EMPTY and (typing.get_origin(hint) or hint) not in _LISTS:
            self._complain(name, f"a batch function takes list[T], not `{show(hint)}`")
            return _Input({}, [])
        compiler = HintCompiler()
        item = self._compile(compiler, name, (typing.get_args(hint) or (dict,))[0])
        schema = compiler.definitions.get(str(item.schema.get("$ref", "")).rpartition("/")[2], item.schema)
        if schema and schema.get("type") != "object":
            self._complain(name, "the items of a batch are objects: list[dict], or list of a dataclass or TypedDict")
        return _Input(compiler.document(schema or {"type": "object"}), [], item.decode)

    def _read_mode(self, returned: Any) -> str:
        generates = any(
            test(function)
            for test in (inspect.isgeneratorfunction, inspect.isasyncgenfunction)
            for function in (self._function, self._inner)
        )
        return "stream" if generates or (typing.get_origin(returned) or returned) in _STREAMS else "unary"

    def _read_output(self, returned: Any, mode: str) -> Optional[Schema]:
        """The schema of a result, of a chunk, or of one item's result."""
        hint = returned
        if mode == "stream":
            hint = self._part_of(returned, (*_STREAMS, *_ITERABLES), "a generator returns Iterator[T]")
        elif mode == "batch":
            hint = _without_exceptions(self._part_of(returned, _LISTS, "a batch function returns list[T]"))
        if hint is _EMPTY:
            return None
        compiler = HintCompiler(output=True)
        codec = self._compile(compiler, "return", hint)
        self._finish = to_objects if compiler.has_named_tuples else None
        return compiler.document(describe(codec.schema, self._doc.result))

    def _part_of(self, hint: Any, origins: Tuple[Any, ...], wanted: str) -> Any:
        """The T of a hint such as Iterator[T]."""
        if hint is _EMPTY:
            return _EMPTY
        if (typing.get_origin(hint) or hint) not in origins:
            self._complain("return", f"{wanted}, not `{show(hint)}`")
            return _EMPTY
        args = typing.get_args(hint)
        return args[0] if args and not isinstance(args[0], typing.TypeVar) else _EMPTY

    def _is_async(self) -> bool:
        functions = (self._function, self._inner)
        return inspect.iscoroutinefunction(self._function) or any(map(inspect.isasyncgenfunction, functions))

    def _compile(self, compiler: HintCompiler, argument: str, hint: Any) -> Codec:
        try:
            return compiler.compile(Any if hint is _EMPTY else hint)
        except Inexpressible as error:
            self._complain(argument, str(error))
            return compiler.compile(Any)

    def _complain(self, argument: Optional[str], message: str) -> None:
        code = getattr(self._inner, "__code__", None)
        file, line = (relative(code.co_filename), code.co_firstlineno) if code else ("runner_adapter.py", 1)
        self._problems.append(Problem(file, line, self._attribute, argument, message))


def relative(path: str) -> str:
    """A path as the author of the project knows it."""
    shown = os.path.relpath(path)
    return path if shown.startswith("..") else shown


def _without_exceptions(hint: Any) -> Any:
    """A batch may hold exceptions in place of results: they are errors, not part of the schema."""
    args = typing.get_args(hint)
    kept = [arg for arg in args if not (isinstance(arg, type) and issubclass(arg, BaseException))]
    if not args or len(kept) == len(args) or not kept:
        return hint
    return typing.Union[tuple(kept)]
