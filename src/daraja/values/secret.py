"""What must never be shown: secrets, and the local variables in a traceback, since error trackers send them away."""

import hmac
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import wraps
from inspect import CO_ASYNC_GENERATOR, CO_COROUTINE, CO_GENERATOR
from traceback import walk_tb
from types import FrameType, TracebackType
from typing import Final, NoReturn, ParamSpec, Self, TypeVar, final

from daraja.values.pasted import check_unwrapped

__all__ = ["Secret", "check_credential", "clear_locals", "drop_inner_frames", "hide_locals", "without_secrets"]

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")

_NAMED: Final = re.compile(
    rb"""(["'](?:security\W*credential|initiator\W*password|password|passkey)["']\s*:\s*)(["'])(?:\\.|(?!\2)[^\\])*(?:\2|\Z)"""
    rb"""|((?:security\W*credential|initiator\W*password|password|passkey)=)[^&\s]+""",
    re.IGNORECASE,
)
_LIKE_A_CREDENTIAL: Final = re.compile(rb"""(["'])[A-Za-z0-9+/=\\]{160,}(?:\1|\Z)""")
"""A SecurityCredential has 344 characters of base64: it is cut out under any other name, too."""
_VISIBLE: Final = re.compile(r"[\x21-\x7e]+")

# Clearing the frame of a suspended generator or coroutine ends it, and a frame does not say whether it is suspended.
# See `_finished` for those that surely are not.
_SUSPENDABLE: Final = CO_GENERATOR | CO_COROUTINE | CO_ASYNC_GENERATOR


def hide_locals(function: Callable[Arguments, Result], /) -> Callable[Arguments, Result]:
    """Clear the local variables of all frames below *function* before an exception leaves it.

    The traceback keeps its lines. Frames of the caller are not touched.

    Args:
        function: A function or a method that is not a coroutine function.
    """

    @wraps(function)
    def call(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
        outside = sys.exception()
        try:
            return function(*args, **kwargs)
        except BaseException as error:
            clear_locals(error, outside)
            del args, kwargs, outside  # this frame is in the traceback too
            raise

    return call


@final
class Secret:
    """A secret that hides itself in every repr, format, traceback and pickle.

    >>> passkey = Secret("bfb279f9aa9bdbcf")
    >>> passkey
    Secret(***)
    >>> f"{passkey}"
    'Secret(***)'
    >>> passkey.reveal()
    'bfb279f9aa9bdbcf'

    Args:
        value: The text, or another secret.

    Raises:
        ValueError: If *value* is not text.
    """

    # A function holds the text, since some tools print and store all attributes of an object.
    __slots__ = ("__give",)

    @hide_locals
    def __init__(self, value: "str | Secret", /) -> None:
        if isinstance(value, Secret):
            value = value.reveal()
        if not isinstance(value, str):
            message = f"a secret is text, not {type(value).__name__}"
            raise ValueError(message)
        text = value

        def give() -> str:
            return text

        self.__give: Final = give

    def reveal(self) -> str:
        """Return the text, for the code that sends it."""
        return self.__give()

    def __repr__(self) -> str:
        return "Secret(***)"

    def __format__(self, spec: str) -> str:
        return format(repr(self), spec)

    def __bool__(self) -> bool:
        return bool(self.__give())

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        mine, others = (secret.reveal().encode("utf-8", "surrogatepass") for secret in (self, other))
        return hmac.compare_digest(mine, others)

    def __hash__(self) -> int:
        return hash((Secret, self.__give()))

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: object) -> Self:
        return self

    def __getstate__(self) -> None:
        return

    def __reduce__(self) -> NoReturn:
        message = "a Secret is not pickled; read it again where it is needed, for example with Config.from_env()"
        raise TypeError(message)


def check_credential(value: str | Secret, /) -> Secret:
    """Check a key, a password or a passkey: it has visible ASCII characters only, so a copied line end is found.

    Raises:
        ValueError: If it is empty or has another character.
    """
    secret = Secret(value)
    if not secret:
        message = "is missing"
        raise ValueError(message)
    check_unwrapped(secret.reveal())
    if not _VISIBLE.fullmatch(secret.reveal()):
        message = "holds a space, a line break or another character that is not visible ASCII; copy it again"
        raise ValueError(message)
    return secret


def drop_inner_frames(error: BaseException, outside: BaseException | None, /) -> None:
    """Drop the frames that *error* has so far, with their local variables. A bare ``raise`` has to follow.

    For what passes through a library underneath ours. Nobody needs its frames, which hold access tokens and bodies, and
    those of coroutines cannot be cleared.

    Args:
        error: Whatever passes through us, also what is no error of ours, such as a signal's ``SystemExit``.
        outside: What the caller was handling before the call, from ``sys.exception()``. Its frames stay.
    """
    for current in _chain(error, outside):
        current.__traceback__ = None


def clear_locals(error: BaseException, outside: BaseException | None, /) -> None:
    """Clear the local variables of all frames of *error*, of its causes and contexts.

    Args:
        error: Whatever is about to leave the library.
        outside: What the caller was handling before the call, from ``sys.exception()``. Its frames stay.
    """
    for current in _chain(error, outside):
        for frame in _finished(current.__traceback__):
            with suppress(RuntimeError):  # the frame is still running, like that of the decorator
                frame.clear()


def _chain(error: BaseException, outside: BaseException | None) -> Iterator[BaseException]:
    """Yield *error* and what it came of, but for what the caller was handling before the call."""
    seen = {id(outside)}
    pending: list[BaseException | None] = [error]
    while pending:
        current = pending.pop()
        if current is None or id(current) in seen:
            continue
        seen.add(id(current))
        pending += [current.__cause__, current.__context__]
        if isinstance(current, BaseExceptionGroup):
            pending += current.exceptions
        yield current


def _finished(traceback: TracebackType | None) -> Iterator[FrameType]:
    """Yield all plain frames, and the frames of those flows of ours that the exception has just ended.

    The loop that runs a flow stands in the traceback twice if it has thrown the exception into the flow. Between these
    two places are the flows that the exception has ended. Behind the second one there may be flows of another call: it
    raised the same object, and one of its flows may be handling it at this moment.
    """
    passed: set[FrameType] = set()
    is_thrown = False
    for frame, _ in walk_tb(traceback):
        is_thrown = is_thrown or frame in passed
        passed.add(frame)
        if not frame.f_code.co_flags & _SUSPENDABLE or (_is_ours(frame) and not is_thrown):
            yield frame


def _is_ours(frame: FrameType) -> bool:
    module = frame.f_globals.get("__name__")
    return isinstance(module, str) and module.partition(".")[0] == "daraja"


def without_secrets(body: bytes, /) -> bytes:
    """Return a body without the secrets of a request that came back in it, such as its SecurityCredential.

    >>> without_secrets(b'{"SecurityCredential": "QkFTRTY0", "Amount": "10"}')
    b'{"SecurityCredential": "***", "Amount": "10"}'

    Args:
        body: The body of a callback, which need not be JSON. One in UTF-16 that has a secret becomes ASCII.
    """
    if b"\0" in body:
        narrow = body.replace(b"\0", b"")
        clean = without_secrets(narrow)
        return body if clean == narrow else clean
    lower = body.lower()
    if b"credential" in lower or b"pass" in lower:  # which is found out much faster than the names themselves
        body = _NAMED.sub(_cut, body)
    return _LIKE_A_CREDENTIAL.sub(rb"\1***\1", body)


def _cut(found: re.Match[bytes]) -> bytes:
    name, quote, parameter = found.groups()
    return parameter + b"***" if parameter else name + quote + b"***" + quote
