"""Serves a classic project: one `apply` that takes anything, by version 1 of the pipe, one request at a time."""

from __future__ import annotations

import base64
import importlib
import inspect
import json
import os
import sys
from typing import Any, Callable, Dict, Optional

from .answers import AnswerWriter, flush_output
from .failures import describe_exception
from .json_text import encode, to_bytes

FIFO = "/tmp/algoout"
#: Modules that projects may expect; their own come before.
_MODULES = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "classic_modules")


def serve_classic(source: str, requests: int, answers: Optional[int]) -> int:
    """Serves `apply` of a source file until the parent closes the pipe. Returns the exit code.

    Answers go to a descriptor that stays open, or without one to the FIFO, opened and closed for each.
    """
    apply = _load_apply(source)
    send = _create_sender(answers)
    sys.stdout.write("PIPE_INIT_COMPLETE\n")
    flush_output()
    with os.fdopen(requests, "r", encoding="utf-8", newline="\n") as lines:
        for line in lines:
            if line.strip():
                send(_answer(apply, line))
    return 0


def _load_apply(source: str) -> Callable[[Any], Any]:
    folder, name = os.path.split(source)
    sys.path.insert(0, os.getcwd())
    sys.path.insert(0, folder)
    sys.path.append(_MODULES)
    module = importlib.import_module(os.path.splitext(name)[0])
    apply = getattr(module, "apply", None)
    if callable(apply):
        return apply
    raise SystemExit(f"{source} has no function apply(input)")


def _answer(apply: Callable[[Any], Any], line: str) -> str:
    try:
        result = apply(_decode(json.loads(line)))
        if inspect.isawaitable(result):
            import asyncio

            result = asyncio.run(_wait(result))
        return encode(_describe_result(result))
    except Exception as error:
        told = describe_exception(error)
        wanted = ("message", "stacktrace", "error_type")
        return encode({"error": {name: told[name] for name in wanted if name in told}})


async def _wait(awaitable: Any) -> Any:
    return await awaitable


def _decode(request: Dict[str, Any]) -> Any:
    data = request.get("data")
    return bytearray(base64.b64decode(data)) if request.get("content_type") == "binary" else data


def _describe_result(result: Any) -> Dict[str, Any]:
    if isinstance(result, (bytes, bytearray, memoryview)):
        return {
            "result": base64.b64encode(result).decode("ascii"),
            "metadata": {"content_type": "binary"},
        }
    kind = "text" if isinstance(result, str) else "json"
    return {"result": result, "metadata": {"content_type": kind}}


def _create_sender(answers: Optional[int]) -> Callable[[str], None]:
    if answers is not None:
        writer = AnswerWriter(answers)

        def send(text: str) -> None:
            writer.hold(text + "\n")
            writer.flush()

        return send

    def open_and_send(text: str) -> None:
        flush_output()
        with open(FIFO, "wb") as fifo:
            fifo.write(to_bytes(text + "\n"))

    return open_and_send
