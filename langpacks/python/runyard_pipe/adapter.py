"""The project's adapter: loads the module, finds its algorithms, runs its set-up and end."""

from __future__ import annotations

import ast
import importlib
import inspect
import os
import sys
import sysconfig
import types
from typing import Any, Callable, Dict, List, Optional

from .algorithm import Algorithm
from .limits import read_limits
from .signature import Invalid, Problem, innermost, read_algorithm, relative

MODULE = "runner_adapter"

#: Runs at the same time when every algorithm is async and the adapter says nothing.
ASYNC_CONCURRENCY = 16


class Adapter:
    """An imported adapter and what it offers."""

    def __init__(self, module: types.ModuleType, algorithms: Dict[str, Algorithm], concurrency: int) -> None:
        self.module = module
        self.algorithms = algorithms
        self.concurrency = concurrency

    @property
    def setup(self) -> Optional[Callable[[], Any]]:
        """Runs once before the first request."""
        return getattr(self.module, "setup", None)

    @property
    def teardown(self) -> Optional[Callable[[], Any]]:
        """Runs once after the last."""
        return getattr(self.module, "teardown", None)

    @property
    def descriptors(self) -> List[Dict[str, Any]]:
        return [algorithm.descriptor for algorithm in self.algorithms.values()]


def import_adapter() -> types.ModuleType:
    """Imports runner_adapter from the working directory. Whatever it raises passes through."""
    return importlib.import_module(MODULE)


def read_adapter(module: types.ModuleType) -> Adapter:
    """Finds and describes the algorithms. Raises Invalid with all problems of all functions."""
    problems: List[Problem] = []
    algorithms: Dict[str, Algorithm] = {}
    for attribute, function in _find_functions(module).items():
        name = attribute.partition("_")[2]
        if not name.isascii():
            message = f"{attribute}: the name of an algorithm is made of the letters a to z, digits and _"
            problems.append(_module_problem(module, message))
            continue
        if name in algorithms:
            message = f"run_{name} and batch_{name} are both there; an algorithm has one function"
            problems.append(_module_problem(module, message))
            continue
        try:
            algorithms[name] = read_algorithm(name, attribute, function)
        except Invalid as invalid:
            problems.extend(invalid.problems)
    limits = stated_limits(module)
    for name, algorithm in algorithms.items():
        algorithm.limits = limits.get(name, {}) if isinstance(limits, dict) else {}
    concurrency = _read_concurrency(module, algorithms, problems)
    if not algorithms and not problems:
        problems.append(_module_problem(module, "there is no function run_<name>, so there is no algorithm"))
    if problems:
        raise Invalid(problems)
    return Adapter(module, algorithms, concurrency)


def stated_limits(module: types.ModuleType) -> Any:
    """What the adapter says under `limits`, unchecked; an empty dict when it says nothing."""
    return read_limits(getattr(module, "limits", {}))


def stated_names(module: types.ModuleType) -> List[Dict[str, str]]:
    """Names of all algorithms, of those too that cannot be described, with what their functions' names tell."""
    attributes = [attribute.partition("_") for attribute in _find_functions(module)]
    return [{"name": name, "mode": "batch" if kind == "batch" else "unary"} for kind, _, name in attributes]


def _find_functions(module: types.ModuleType) -> Dict[str, Callable[..., Any]]:
    """run_<name> and batch_<name>, as defined in or imported into the module, in the order they appear."""
    found: Dict[str, Callable[..., Any]] = {}
    for attribute, value in vars(module).items():
        prefix, _, name = attribute.partition("_")
        is_function = callable(value) and not inspect.isclass(value)
        if prefix in ("run", "batch") and name and is_function and not _is_standard(value):
            found[attribute] = value
    return found


def _is_standard(function: Any) -> bool:
    """True for functions of Python's own library, such as runpy.run_path."""
    code = getattr(innermost(function), "__code__", None)
    if code is None:
        return inspect.isbuiltin(function)
    if code.co_filename.startswith("<frozen "):
        return True
    file = os.path.abspath(code.co_filename)
    library = sysconfig.get_path("stdlib") + os.sep
    return file.startswith(library) and os.sep + "site-packages" + os.sep not in file


def _read_concurrency(module: types.ModuleType, algorithms: Dict[str, Algorithm], problems: List[Problem]) -> int:
    stated = getattr(module, "concurrency", None)
    if stated is None or isinstance(stated, types.ModuleType):
        all_async = bool(algorithms) and all(algorithm.is_async for algorithm in algorithms.values())
        return ASYNC_CONCURRENCY if all_async else 1
    if isinstance(stated, bool) or not isinstance(stated, int) or stated < 1:
        problems.append(
            _module_problem(module, f"concurrency must be a whole number from 1, got {stated!r}", "concurrency")
        )
        return 1
    return stated


def _module_problem(module: types.ModuleType, message: str, name: str = "") -> Problem:
    return Problem(relative(module.__file__ or MODULE), line_of(module, name), None, None, message)


def line_of(module: types.ModuleType, name: str) -> int:
    """The line where the module assigns a name at its top; 1 when it does not."""
    try:
        tree = ast.parse(inspect.getsource(module))
    except (OSError, SyntaxError):  # its file has changed or gone since it was imported
        return 1
    for node in tree.body:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        if any(isinstance(target, ast.Name) and target.id == name for target in targets):
            return node.lineno
    return 1


def prepare_path(library: str) -> None:
    """Puts the project first and what Runyard supplies last, so that the project's own modules win."""
    sys.path[:] = [os.getcwd(), *(entry for entry in sys.path if os.path.abspath(entry) != library), library]
