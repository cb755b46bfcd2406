"""Type hints as JSON Schema, and JSON values as what the hints promise."""

from .codec import Codec, Schema
from .compiler import HintCompiler
from .mismatch import Inexpressible, Mismatch

__all__ = ["Codec", "HintCompiler", "Inexpressible", "Mismatch", "Schema"]
