"""Evaluates annotations: strings, forward references and what `from __future__ import annotations` leaves."""

from __future__ import annotations

import sys
import types
import typing
from typing import Any, Dict, Type

from .mismatch import Inexpressible

_EXTRAS: Dict[str, Any] = {"include_extras": True} if sys.version_info >= (3, 9) else {}


def resolve_hint(annotation: Any, scope: Dict[str, Any]) -> Any:
    """The type an annotation stands for. Alone, so that a default of None does not change it."""
    carrier = types.SimpleNamespace(__annotations__={"hint": annotation})
    try:
        return typing.get_type_hints(carrier, globalns=scope, **_EXTRAS)["hint"]
    except Exception as error:  # annotations are code, and may raise anything
        raise Inexpressible(_explain(annotation, error)) from error


def resolve_class_hints(cls: Type[Any]) -> Dict[str, Any]:
    """The types of a class's fields, inherited ones first."""
    local = type_parameters(cls)
    try:
        return typing.get_type_hints(cls, localns=local or None, **_EXTRAS)
    except Exception as error:
        raise Inexpressible(f"a field of {cls.__name__} has a type that is not known: {error}") from error


def type_parameters(owner: Any) -> Dict[str, Any]:
    """The T of `class Page[T]` and `def run_x[T]`, which quoted hints may name."""
    return {parameter.__name__: parameter for parameter in getattr(owner, "__type_params__", ())}


def _explain(annotation: Any, error: Exception) -> str:
    written = annotation if isinstance(annotation, str) else repr(annotation)
    if isinstance(error, NameError):
        return (
            f"the type `{written}` is not known when the program runs: {error} (is it imported under TYPE_CHECKING "
            "only, or defined inside a function? import or define it at the top of the module)"
        )
    if isinstance(error, TypeError) and sys.version_info < (3, 10):
        version = ".".join(str(part) for part in sys.version_info[:2])
        return (
            f"Python {version} cannot evaluate the type `{written}`: {error} (write Optional[X] or Union[X, Y] for "
            "X | Y, and List[X] for list[X] before 3.9)"
        )
    return f"the type `{written}` cannot be evaluated: {type(error).__name__}: {error}"
