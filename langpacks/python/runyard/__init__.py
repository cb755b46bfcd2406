"""What an adapter may import from Runyard: errors that say whose fault a failure is, and the type of `ctx`."""

from __future__ import annotations

from typing import Any, Optional, Sequence, Union

from runyard_pipe.context import Context
from runyard_pipe.errors import CallError, Cancelled

__all__ = ["CallError", "Cancelled", "Context", "InvalidInput", "RequestError"]

Path = Union[str, Sequence[Union[str, int]]]


class InvalidInput(Exception):
    """The caller sent a value the algorithm cannot work with: the task ends at once and is not tried again.

    Example:
        raise InvalidInput("image_url is not an image", "image_url")
    """

    def __init__(self, message: str, path: Optional[Path] = None) -> None:
        """`path` is the argument that is wrong, as `image_url`, `/items/3/name` or `["items", 3, "name"]`."""
        super().__init__(message)
        if path is not None:
            self.path = path


class RequestError(Exception):
    """Something the request points at, such as an image address, could not be fetched.

    Example:
        raise RequestError(404)  # Error fetching request image, received 404
    """

    def __init__(self, status: Any, message: Optional[str] = None) -> None:
        """`status` is the HTTP status that came back, a response that has one, or a word such as `timeout`."""
        self.status = getattr(status, "status_code", status)
        super().__init__(message or f"Error fetching request image, received {self.status}")
