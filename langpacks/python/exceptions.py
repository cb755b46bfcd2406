"""The errors that adapters of the plug & play series import. A project's own module of this name wins."""

from __future__ import annotations

from typing import Any


class RequestError(Exception):
    """Something that the request points at could not be fetched; `response` says how it was answered."""

    def __init__(self, response: Any) -> None:
        super().__init__(f"Error fetching request image, received {getattr(response, 'status_code', response)}")
        self.response = response
