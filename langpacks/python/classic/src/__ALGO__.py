"""A classic algorithm: it takes text, JSON or bytes, and gives any of them."""


def apply(input):
    """Greets whoever is named."""
    return f"hello {input}"
