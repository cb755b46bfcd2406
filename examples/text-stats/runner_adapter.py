"""Small text algorithms with nothing but the standard library: an adapter to copy from."""

from __future__ import annotations

import re
from collections import Counter
from typing import Annotated, Iterator, List, Literal, TypedDict

WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
SENTENCE_END = re.compile(r"[.!?…。！？]+(?=\s|$)")
WORDS_PER_MINUTE = 230

Limit = Annotated[int, {"minimum": 1, "maximum": 100}]


class WordCount(TypedDict):
    """A word and how often it occurs."""

    word: str
    count: int


class TextStats(TypedDict):
    """The measures of a text."""

    characters: int
    words: int
    sentences: int
    unique_words: int
    mean_word_length: float
    reading_seconds: int
    most_common: List[WordCount]


def run_text_stats(text: str, top: Limit = 5) -> TextStats:
    """Measures a text: how long it is, how varied, how long it takes to read.

    Args:
        text: Plain text in any language that puts spaces between words.
        top: How many of the most frequent words to list.
    """
    words = find_words(text)
    sentences = len(SENTENCE_END.findall(text)) + (1 if has_open_end(text) else 0)
    letters = sum(len(word) for word in words)
    return {
        "characters": len(text),
        "words": len(words),
        "sentences": sentences,
        "unique_words": len(set(words)),
        "mean_word_length": round(letters / len(words), 2) if words else 0.0,
        "reading_seconds": round(len(words) * 60 / WORDS_PER_MINUTE),
        "most_common": rank(words, top),
    }


def run_keywords(
    text: str,
    top: Limit = 10,
    min_length: Annotated[int, {"minimum": 1, "maximum": 40}] = 4,
    order: Literal["frequency", "alphabet"] = "frequency",
) -> List[WordCount]:
    """Lists the words that a text is about: frequent ones that are not too short.

    Args:
        text: Plain text.
        top: How many words to list.
        min_length: Shorter words, most of them grammar, are left out.
        order: Most frequent first, or by alphabet.
    """
    ranked = rank([word for word in find_words(text) if len(word) >= min_length], top)
    return sorted(ranked, key=lambda entry: entry["word"]) if order == "alphabet" else ranked


def run_count_words(text: str) -> Iterator[WordCount]:
    """Counts words line by line and streams the running total of each word as it changes.

    Args:
        text: Plain text; every line gives one entry for each different word in it.
    """
    totals: Counter[str] = Counter()
    for line in text.splitlines():
        words = find_words(line)
        totals.update(words)
        for word in dict.fromkeys(words):
            yield {"word": word, "count": totals[word]}


def find_words(text: str) -> List[str]:
    """The words of a text in lower case, in order."""
    return [word.casefold() for word in WORD.findall(text)]


def has_open_end(text: str) -> bool:
    """Whether words follow the last full stop."""
    return WORD.search(SENTENCE_END.split(text)[-1]) is not None


def rank(words: List[str], top: int) -> List[WordCount]:
    """The most frequent words first; those equally frequent in alphabetical order."""
    counted = sorted(Counter(words).items(), key=lambda entry: (-entry[1], entry[0]))
    return [{"word": word, "count": count} for word, count in counted[:top]]
