"""Errors that a running function meets by its context."""

from __future__ import annotations

from typing import Any, Dict


class Cancelled(Exception):
    """The run was cancelled, or its time is over: nobody waits for its result any more."""

    def __init__(self, message: str = "The run was cancelled") -> None:
        super().__init__(message)


class CallError(Exception):
    """An algorithm that `ctx.call` ran gave an error.

    Left uncaught it passes through: the caller gets the error of the algorithm that was called.
    """

    def __init__(self, algorithm: str, error: Dict[str, Any]) -> None:
        super().__init__(str(error.get("message", "the algorithm gave no message")))
        self.algorithm = algorithm
        #: Name of the exception that the algorithm raised.
        self.error_type = str(error.get("error_type", "CallError"))
        #: Where in the arguments the fault is, when they were refused.
        self.errors = error.get("errors")
        #: Set when the algorithm could not fetch its input.
        self.status = error.get("status")
        self.stacktrace = error.get("stacktrace")
