"""Describes the adapter without running any of it: one JSON document for the parent."""

from __future__ import annotations

import ast
import os
import platform
import sys
import traceback
from typing import Any, Dict, Iterator, List, Optional, Set

from .adapter import MODULE, import_adapter, line_of, read_adapter, stated_limits, stated_names
from .failures import format_stack
from .signature import Invalid, Problem, relative

_PACKAGES = {
    "bs4": "beautifulsoup4",
    "cld3": "pycld3",
    "cv2": "opencv-python-headless",
    "dateutil": "python-dateutil",
    "dotenv": "python-dotenv",
    "fitz": "pymupdf",
    "PIL": "pillow",
    "skimage": "scikit-image",
    "sklearn": "scikit-learn",
    "yaml": "pyyaml",
}


def describe() -> Dict[str, Any]:
    """`algorithms`, or `error` with what is wrong; limits, unchecked; the interpreter; the project's own files."""
    document: Dict[str, Any] = {"executable": sys.executable, "version": platform.python_version()}
    try:
        module = import_adapter()
        document.update(limits=stated_limits(module), limitsLine=line_of(module, "limits"), names=stated_names(module))
        document["algorithms"] = read_adapter(module).descriptors
    except Invalid as invalid:
        document["error"] = {
            "kind": "invalid",
            "problems": [problem._asdict() for problem in invalid.problems],
        }
    except BaseException as error:  # SystemExit too: importing must not end the description unsaid
        document["error"] = _describe_import_error(error)
    files = document["files"] = sorted(_project_files())
    shadows = [problem for path in files for problem in _find_shadow(path)]
    if shadows:  # says more than what follows from it
        document["error"] = {"kind": "invalid", "problems": [problem._asdict() for problem in shadows]}
    return document


def _find_shadow(path: str) -> Iterator[Problem]:
    """A file of the project that `import` does not find, because Python's own module of that name is loaded already."""
    parts = os.path.splitext(os.path.relpath(path))[0].split(os.sep)
    name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
    if name in sys.modules and os.path.abspath(getattr(sys.modules[name], "__file__", None) or "") != path:
        message = f"{name} is the name of one of Python's own modules, which is found first: rename the file"
        yield Problem(relative(path), 1, None, None, message)


def _describe_import_error(error: BaseException) -> Dict[str, Any]:
    file, line = _place_of(error)
    return {
        "kind": "import",
        "file": file,
        "line": line,
        "message": _explain(error),
        "stacktrace": format_stack(error),
    }


def _explain(error: BaseException) -> str:
    if isinstance(error, ModuleNotFoundError) and error.name:
        top = error.name.partition(".")[0]
        if top == MODULE:
            return f"there is no {MODULE}.py in {os.getcwd()}"
        package = _PACKAGES.get(top, top)
        return f"the module {error.name!r} is not installed: add {package} to requirements.txt"
    if isinstance(error, SystemExit):
        return f"the adapter ended the process while it was imported (exit code {error.code})"
    return "".join(traceback.format_exception_only(type(error), error)).strip().splitlines()[-1]


def _place_of(error: BaseException) -> "tuple[str, Optional[int]]":
    """The last line of the project's own code that led to the error."""
    if isinstance(error, SyntaxError) and error.filename:
        return relative(error.filename), error.lineno
    own = [frame for frame in traceback.extract_tb(error.__traceback__) if _is_own(frame.filename)]
    return (relative(own[-1].filename), own[-1].lineno) if own else (MODULE + ".py", None)


def _is_own(path: str) -> bool:
    """True for files of the project that are not installed packages."""
    shown = os.path.relpath(path)
    parts = shown.split(os.sep)
    installed = {"site-packages", "dist-packages", ".venv", "venv", ".runyard"}
    return not shown.startswith("..") and not os.path.isabs(shown) and not installed.intersection(parts)


def _project_files() -> Set[str]:
    """Files that were imported, and those that they import later, inside functions."""
    found: Set[str] = set()
    waiting: List[str] = [os.path.abspath(MODULE + ".py")]
    waiting.extend(os.path.abspath(path) for path in _loaded_files())
    while waiting:
        path = waiting.pop()
        if path in found or not os.path.isfile(path) or not _is_own(path):
            continue
        found.add(path)
        if path.endswith(".py"):
            waiting.extend(_imports_of(path))
    return found


def _loaded_files() -> Iterator[str]:
    for module in list(sys.modules.values()):
        path = getattr(module, "__file__", None)
        if isinstance(path, str):
            yield path


def _imports_of(path: str) -> Iterator[str]:
    try:
        with open(path, "rb") as file:
            tree = ast.parse(file.read())
    except (OSError, SyntaxError, ValueError):  # it is a source all the same
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield from _candidates(os.getcwd(), alias.name.split("."))
        elif isinstance(node, ast.ImportFrom):
            base = os.getcwd()
            if node.level:
                base = os.path.abspath(os.path.join(path, *[".."] * node.level))
            parts = node.module.split(".") if node.module else []
            yield from _candidates(base, parts)
            for alias in node.names:
                yield from _candidates(base, [*parts, alias.name])


def _candidates(base: str, parts: List[str]) -> Iterator[str]:
    """Where a module of the project would lie, and the packages around it."""
    for length in range(1, len(parts) + 1):
        stem = os.path.join(base, *parts[:length])
        yield stem + ".py"
        yield os.path.join(stem, "__init__.py")
