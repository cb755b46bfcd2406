"""Each function whose name begins with run_ is an algorithm: described, validated, queued and served."""

from typing import Dict


def run___ALGO__(text: str, times: int = 1) -> Dict[str, int]:
    """Counts words and characters.

    Args:
        text: What to count.
        times: How often the text counts.
    """
    return {"words": len(text.split()) * times, "characters": len(text) * times}
