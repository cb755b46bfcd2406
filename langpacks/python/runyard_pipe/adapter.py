"""The project's adapter: loads the module, finds its algorithms, runs its set-up and end."""

from __future__ import annotations

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
        if name in algorithms:
            message = f"run_{name} and batch_{name} are both there; an algorithm has one function"
            problems.append(_module_problem(module, message))
            continue
        try:
            algorithms[name] = read_algorithm(name, attribute, function)
        except Invalid as invalid:
            problems.extend(invalid.problems)
    _add_limits(module, algorithms, problems)
    concurrency = _read_concurrency(module, algorithms, problems)
    if not algorithms and not problems:
        problems.append(_module_problem(module, "there is no function run_<name>, so there is no algorithm"))
    if problems:
        raise Invalid(problems)
    return Adapter(module, algorithms, concurrency)


def _find_functions(module: types.ModuleType) -> Dict[str, Callable[..., Any]]:
    """run_<name> and batch_<name>, as defined in or imported into the module, in the order they appear."""
    found: Dict[str, Callable[..., Any]] = {}
    for attribute, value in vars(module).items():
        prefix, _, name = attribute.partition("_")
        if prefix in ("run", "batch") and name and callable(value) and not inspect.isclass(value):
            if not _is_standard(value):
                found[attribute] = value
    return found


def _is_standard(function: Any) -> bool:
    """True for functions of Python's own library, such as runpy.run_path."""
    code = getattr(innermost(function), "__code__", None)
    if code is None:
        return inspect.isbuiltin(function)
    file = os.path.abspath(code.co_filename)
    library = sysconfig.get_path("stdlib") + os.sep
    return file.startswith(library) and os.sep + "site-packages" + os.sep not in file


def _add_limits(module: types.ModuleType, algorithms: Dict[str, Algorithm], problems: List[Problem]) -> None:
    if not hasattr(module, "limits"):
        return
    messages: List[str] = []
    known = [attribute.partition("_")[2] for attribute in _find_functions(module)]
    for name, limits in read_limits(module.limits, known, messages).items():
        algorithm = algorithms.get(name)
        if algorithm is None:
            continue  # its function has problems of its own
        if "batch" in limits and not algorithm.is_batch:
            messages.append(f"limits[{name!r}]: 'batch' is for functions named batch_{name}")
        algorithm.limits = limits
    problems.extend(_module_problem(module, message) for message in messages)


def _read_concurrency(module: types.ModuleType, algorithms: Dict[str, Algorithm], problems: List[Problem]) -> int:
    stated = getattr(module, "concurrency", None)
    if stated is None or isinstance(stated, types.ModuleType):
        all_async = bool(algorithms) and all(algorithm.is_async for algorithm in algorithms.values())
        return ASYNC_CONCURRENCY if all_async else 1
    if isinstance(stated, bool) or not isinstance(stated, int) or stated < 1:
        problems.append(_module_problem(module, f"concurrency must be a whole number from 1, got {stated!r}"))
        return 1
    return stated


def _module_problem(module: types.ModuleType, message: str) -> Problem:
    return Problem(relative(module.__file__ or MODULE), 1, None, None, message)


def prepare_path(library: str) -> None:
    """Puts the project first and what Runyard supplies last, so that the project's own modules win."""
    sys.path[:] = [os.getcwd(), *(entry for entry in sys.path if os.path.abspath(entry) != library), library]
