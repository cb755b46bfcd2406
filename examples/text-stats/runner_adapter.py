"""Small text algorithms, with nothing but the standard library."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import Iterator, List, TypedDict

try:
    from typing import Annotated, Literal
except ImportError:  # pragma: no cover
    from typing_extensions import Annotated, Literal  # type: ignore[assignment]
