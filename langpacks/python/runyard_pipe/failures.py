"""Exceptions as the error documents of the pipe protocol."""

from __future__ import annotations

import os
import traceback
from typing import Any, Dict, Optional

from .errors import CallError
from .hints import Mismatch
from .pointers import to_pointer

PIPE_FOLDER = os.path.dirname(os.path.abspath(__file__)) + os.sep

_MAX_MESSAGE = 20_000
_MAX_STACK = 60_000


def describe_exception(error: BaseException) -> Dict[str, Any]:
    """What the parent is told of an exception that a run raised."""
    names = [cls.__name__ for cls in type(error).__mro__]
    document: Dict[str, Any] = {"message": _message_of(error), "error_type": type(error).__name__}
    if isinstance(error, CallError):
        document.update(_describe_call_error(error))
    elif "InvalidInput" in names:
        document["error_type"] = "InvalidInput"
        document.update(_wrong_places(error, document["message"]))
    elif "RequestError" in names:
        document.update(_describe_request_error(error, document["message"]))
    document["stacktrace"] = format_stack(error)
    return document


def invalid_input(mismatch: Mismatch) -> Dict[str, Any]:
    """Arguments that do not fit the hints."""
    errors = [{"path": to_pointer(path), "message": message} for path, message in mismatch.places]
    text = "; ".join(f"{one['path'] or 'the input'}: {one['message']}" for one in errors)
    return {"message": text[:_MAX_MESSAGE], "error_type": "InvalidInput", "errors": errors}


def failure(error_type: str, message: str) -> Dict[str, Any]:
    """An error of the pipe's own."""
    return {"message": message[:_MAX_MESSAGE], "error_type": error_type}


def format_stack(error: BaseException) -> str:
    """The traceback as Python prints it, without the pipe's own frames."""
    try:
        summary = traceback.TracebackException.from_exception(error)
        _drop_own_frames(summary)
        text = "".join(summary.format())
    except Exception as trouble:  # an exception whose __str__ raises, or no memory left to format it
        text = f"{type(error).__name__} (its traceback cannot be shown: {type(trouble).__name__})"
    return text if len(text) <= _MAX_STACK else "...\n" + text[-_MAX_STACK:]


def _drop_own_frames(summary: Optional[traceback.TracebackException]) -> None:
    while summary is not None:
        kept = [frame for frame in summary.stack if not frame.filename.startswith(PIPE_FOLDER)]
        summary.stack = traceback.StackSummary.from_list(kept)
        _drop_own_frames(summary.__cause__)
        summary = summary.__context__


def _message_of(error: BaseException) -> str:
    try:
        text = str(error)
    except Exception:  # a broken __str__ must not hide the error itself
        text = ""
    return text[:_MAX_MESSAGE] or type(error).__name__


def _wrong_places(error: BaseException, message: str) -> Dict[str, Any]:
    """The `path` or `errors` that an InvalidInput carries."""
    stated = getattr(error, "errors", None)
    if isinstance(stated, (list, tuple)) and stated:
        return {"errors": [_wrong_place(one, message) for one in stated]}
    path = getattr(error, "path", None)
    return {} if path is None else {"errors": [{"path": _pointer(path), "message": message}]}


def _wrong_place(stated: Any, message: str) -> Dict[str, str]:
    if isinstance(stated, dict):
        return {"path": _pointer(stated.get("path", "")), "message": str(stated.get("message", message))}
    if isinstance(stated, (list, tuple)) and len(stated) == 2:
        return {"path": _pointer(stated[0]), "message": str(stated[1])}
    return {"path": "", "message": str(stated)}


def _pointer(path: Any) -> str:
    if isinstance(path, (list, tuple)):
        return to_pointer(path)
    text = str(path)
    return text if not text or text.startswith("/") else to_pointer([text])


def _describe_call_error(error: CallError) -> Dict[str, Any]:
    told = {"error_type": error.error_type, "errors": error.errors, "status": error.status}
    return {name: value for name, value in told.items() if value is not None}


def _describe_request_error(error: BaseException, message: str) -> Dict[str, Any]:
    response = getattr(error, "response", None)
    status = getattr(response, "status_code", None)
    if status is None:
        status = getattr(error, "status", None)
    if not isinstance(status, (int, str)):
        return {"error_type": "RequestError", "message": message}
    own = message if message and message != type(error).__name__ else ""
    text = own if own and not _only_object(own) else f"Error fetching request image, received {status}"
    return {
        "error_type": "RequestError",
        "message": text,
        "status": int(status) if isinstance(status, int) else status,
    }


def _only_object(text: str) -> bool:
    """True for the text of an exception that was given nothing but a response object."""
    return text.startswith("<") and text.endswith(">")
