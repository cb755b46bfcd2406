"""The adapter's `limits`: time, tries and batches per algorithm."""

from __future__ import annotations

import difflib
import re
from typing import Any, Dict, Iterable, List

_NUMBERS = {"timeoutMs": 1, "maxAttempts": 1, "backoffMs": 0, "maxBackoffMs": 0}
_BATCH = {"maxSize": 1, "maxWaitMs": 0, "maxBytes": 1}


def read_limits(stated: Any, algorithms: Iterable[str], problems: List[str]) -> Dict[str, Dict[str, Any]]:
    """The limits by algorithm, in camelCase. What is wrong with them is added to the problems."""
    if not isinstance(stated, dict):
        problems.append(f"limits: expected a dict by algorithm name, got {type(stated).__name__}")
        return {}
    known = list(algorithms)
    found: Dict[str, Dict[str, Any]] = {}
    for name, one in stated.items():
        if name not in known:
            problems.append(f"limits: there is no algorithm {name!r}{_suggest(name, known)}")
        elif not isinstance(one, dict):
            problems.append(f"limits[{name!r}]: expected a dict, got {type(one).__name__}")
        else:
            found[name] = _read_one(f"limits[{name!r}]", one, problems)
    return found


def _read_one(where: str, stated: Dict[Any, Any], problems: List[str]) -> Dict[str, Any]:
    read: Dict[str, Any] = {}
    for key, value in stated.items():
        name = _camel(key)
        if name == "batch" and isinstance(value, dict):
            read["batch"] = _read_numbers(f"{where}['batch']", value, _BATCH, problems)
        elif name == "batch":
            problems.append(f"{where}: expected a dict for 'batch', got {type(value).__name__}")
        else:
            read.update(_read_numbers(where, {key: value}, _NUMBERS, problems, ("batch",)))
    return read


def _read_numbers(
    where: str, stated: Dict[Any, Any], least: Dict[str, int], problems: List[str], others: Iterable[str] = ()
) -> Dict[str, int]:
    read: Dict[str, int] = {}
    for key, value in stated.items():
        name = _camel(key)
        if name not in least:
            problems.append(f"{where}: {key!r} is no limit{_suggest(name, [*least, *others])}")
        elif isinstance(value, bool) or not isinstance(value, (int, float)) or value != int(value) or value < least[name]:
            problems.append(f"{where}: {key} must be a whole number from {least[name]}, got {value!r}")
        else:
            read[name] = int(value)
    return read


def _camel(key: Any) -> str:
    return re.sub(r"_([a-z])", lambda match: match[1].upper(), str(key))


def _suggest(word: Any, known: List[str]) -> str:
    near = difflib.get_close_matches(str(word), known, 1, 0.5)
    return f"; did you mean {near[0]!r}?" if near else f"; known are {', '.join(known) or 'none'}"
