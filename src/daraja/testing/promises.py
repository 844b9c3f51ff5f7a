"""How a contract says which of its promises is broken."""

__all__ = ["check", "holds"]


def check(found: object, expected: object, promise: str) -> None:
    """Fail with the *promise* that was broken, and by what."""
    __tracebackhide__ = True
    if found != expected:
        message = f"{promise}\n    found:    {found!r}\n    expected: {expected!r}"
        raise AssertionError(message)


def holds(found: object, promise: str) -> None:
    """Fail with the *promise* that was broken, unless *found* is true."""
    __tracebackhide__ = True
    check(bool(found), bool(promise), promise)
