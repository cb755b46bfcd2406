"""Algorithms of an original runner under test."""

import os
import time

import requests


def run_shout(text: str):
    return {"text": text.upper(), "letters": len(text)}


def run_fail(message: str):
    raise ValueError(message)


def run_fetch(image_url: str):
    response = requests.get(image_url)
    if not response.ok:
        raise requests.RequestException(response=response)
    return len(response.content)


def run_note(path: str, line: str, seconds: float):
    """Writes a line when it begins and one when it has ended."""
    with open(path, "a") as notes:
        notes.write(f"{line} begins {os.getpid()}\n")
    time.sleep(seconds)
    with open(path, "a") as notes:
        notes.write(f"{line} ends {os.getpid()}\n")
    return line


def helper(text: str):
    return text
