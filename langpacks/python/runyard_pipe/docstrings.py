"""Descriptions from docstrings in the styles of Google, numpy and Sphinx."""

from __future__ import annotations

import inspect
import re
from typing import Dict, List, NamedTuple, Optional, Tuple

_ARGUMENTS = {"args", "arguments", "parameters", "params", "attributes"}
_ARGUMENTS |= {"keyword args", "keyword arguments", "other parameters"}
_RESULTS = {"returns", "return", "yields", "yield"}
_OTHERS = {"raises", "except", "exceptions", "warns", "warning", "warnings", "example", "examples"}
_OTHERS |= {"note", "notes", "see also", "references", "todo"}
_SECTIONS = _ARGUMENTS | _RESULTS | _OTHERS

_GOOGLE_HEADING = re.compile(r"([A-Z][A-Za-z ]*):\s*$")
_UNDERLINE = re.compile(r"-{3,}\s*$|={3,}\s*$")
_GOOGLE_ITEM = re.compile(r"\*{0,2}(\w+)\s*(?:\([^)]*\))?\s*:\s*(.*)$")
_NUMPY_ITEM = re.compile(r"\*{0,2}(\w+(?:\s*,\s*\w+)*)\s*(?::.*)?$")
_FIELD = re.compile(r":(\w+)((?:\s+[^:]+)?):\s*(.*)$")


class Docstring(NamedTuple):
    """What a docstring says, each part as running text with its paragraphs."""

    description: str
    arguments: Dict[str, str]
    result: Optional[str]


class _Section(NamedTuple):
    name: str
    lines: List[str]
    numpy: bool


def parse_docstring(text: Optional[str]) -> Docstring:
    """Reads any of the three styles; what it does not recognise stays part of the description."""
    lines = inspect.cleandoc(text).splitlines() if text else []
    lines, arguments, result = _take_fields(lines)
    description, sections = _split_sections(lines)
    for section in sections:
        name = section.name.lower()
        if name in _ARGUMENTS:
            arguments.update(_numpy_items(section.lines) if section.numpy else _google_items(section.lines))
        elif name in _RESULTS and result is None:
            result = _result_text(section)
    return Docstring(_flow(description), arguments, result)


def _split_sections(lines: List[str]) -> Tuple[List[str], List[_Section]]:
    description: List[str] = []
    sections: List[_Section] = []
    index = 0
    while index < len(lines):
        heading = _heading_at(lines, index)
        if heading is not None:
            name, numpy = heading
            sections.append(_Section(name, [], numpy))
            index += 2 if numpy else 1
            continue
        (sections[-1].lines if sections else description).append(lines[index])
        index += 1
    return description, sections


def _heading_at(lines: List[str], index: int) -> Optional[Tuple[str, bool]]:
    line = lines[index]
    if line[:1].isspace():
        return None
    following = lines[index + 1] if index + 1 < len(lines) else ""
    if line.strip().lower() in _SECTIONS and _UNDERLINE.match(following):
        return line.strip(), True
    match = _GOOGLE_HEADING.match(line)
    if match and match[1].lower() in _SECTIONS:
        return match[1], False
    return None


def _google_items(lines: List[str]) -> Dict[str, str]:
    indent = min((len(line) - len(line.lstrip()) for line in lines if line.strip()), default=0)
    items: Dict[str, List[str]] = {}
    current: List[str] = []
    for line in lines:
        match = _GOOGLE_ITEM.match(line[indent:]) if line.strip() and not line[indent : indent + 1].isspace() else None
        if match:
            current = items.setdefault(match[1], [])
            current.append(match[2])
        else:
            current.append(line.strip())
    return {name: _flow(text) for name, text in items.items() if _flow(text)}


def _numpy_items(lines: List[str]) -> Dict[str, str]:
    items: Dict[str, List[str]] = {}
    names: List[str] = []
    for line in lines:
        match = _NUMPY_ITEM.match(line) if line.strip() and not line[:1].isspace() else None
        if match:
            names = [name.strip() for name in match[1].split(",")]
        else:
            for name in names:
                items.setdefault(name, []).append(line.strip())
    return {name: _flow(text) for name, text in items.items() if _flow(text)}


def _result_text(section: _Section) -> Optional[str]:
    lines = section.lines
    if section.numpy:  # the first line of an item is its type
        lines = [line for line in lines if line[:1].isspace() or not line.strip()]
    return _flow([line.strip() for line in lines]) or None


def _take_fields(lines: List[str]) -> Tuple[List[str], Dict[str, str], Optional[str]]:
    """Sphinx's `:param name: text` lines, and the rest."""
    rest: List[str] = []
    arguments: Dict[str, List[str]] = {}
    result: List[str] = []
    current: Optional[List[str]] = None
    for line in lines:
        match = _FIELD.match(line)
        if match:
            current = _field_target(match[1], match[2].split(), arguments, result)
            current.append(match[3])
        elif current is not None and line[:1].isspace():
            current.append(line.strip())
        else:
            current = None
            rest.append(line)
    described = {name: _flow(text) for name, text in arguments.items() if _flow(text)}
    return rest, described, _flow(result) or None


def _field_target(kind: str, words: List[str], arguments: Dict[str, List[str]], result: List[str]) -> List[str]:
    if kind in ("param", "parameter", "arg", "argument", "key", "keyword", "ivar", "var") and words:
        return arguments.setdefault(words[-1].lstrip("*"), [])
    if kind in ("return", "returns", "yield", "yields"):
        return result
    return []  # :type:, :raises: and others say nothing that the schema shows


def _flow(lines: List[str]) -> str:
    """Joins wrapped lines; blank lines and indented ones stay."""
    paragraphs: List[str] = [""]
    for line in lines:
        if not line.strip():
            paragraphs.append("")
        elif line[:1].isspace() or line.lstrip()[:2] in ("- ", "* "):
            paragraphs[-1] += ("\n" if paragraphs[-1] else "") + line.rstrip()
        else:
            paragraphs[-1] += (" " if paragraphs[-1] else "") + line.strip()
    return "\n\n".join(paragraph for paragraph in paragraphs if paragraph)
