"""Hides secrets, customers' numbers, and the local variables in a traceback."""

import hmac
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import wraps
from inspect import CO_ASYNC_GENERATOR, CO_COROUTINE, CO_GENERATOR
from itertools import islice
from traceback import walk_tb
from types import FrameType, TracebackType
from typing import Final, NoReturn, ParamSpec, Self, TypeVar, final

from daraja.values.pasted import check_unwrapped

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")

_VISIBLE: Final = re.compile(r"[\x21-\x7e]+")

SEPARATOR: Final = r"[\s().\-\u2010-\u2015]"
"""The characters that may stand between the digits of a phone number, as a regular expression."""
# A CheckoutRequestID begins with a date and a time, which may be shown; the phone number follows without a separator.
_NUMBER: Final = re.compile(rf"(ws_CO_[0-3][0-9][01][0-9]20[0-9]{{8}})?(\d(?:{SEPARATOR}{{0,3}}\d){{8,}})")
# The id of a push, an id that is a number and nothing else, or one with a number in it that can be nothing else.
_HOLDS_A_NUMBER: Final = re.compile(
    r"ws_CO_|\A[\s+().\d]+\Z|(?<![0-9A-Za-z])(?:\+?254|0)[17][0-9]{8}(?![0-9A-Za-z])", re.IGNORECASE
)
_RUN: Final = re.compile(r"\d{9,}")
_ENOUGH_TO_SHOW: Final = 40
_FIRST_SHOWN: Final = 4
_LAST_SHOWN: Final = 3
_HIDDEN: Final = 5

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
            raise ValueError(f"a secret is text, not {type(value).__name__}")
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
        raise TypeError("a Secret is not pickled; read it again where it is needed, for example with Config.from_env()")


def check_credential(value: str | Secret, /) -> Secret:
    """Check a key, a password or a passkey: it has visible ASCII characters only, so a copied line end is found.

    Raises:
        ValueError: If it is empty or has another character.
    """
    secret = Secret(value)
    if not secret:
        raise ValueError("is missing")
    check_unwrapped(secret.reveal())
    if not _VISIBLE.fullmatch(secret.reveal()):
        raise ValueError("holds a space, a line break or another character that is not visible ASCII; copy it again")
    return secret


class MaskedText(str):
    """Text that holds a customer's number: whole for the program, masked in every repr.

    >>> MaskedText("254712345678")
    '2547*****678'
    >>> str(MaskedText("254712345678"))
    '254712345678'
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return repr(mask_numbers(self))


def mask_phone(number: str, /) -> str:
    """Hide the middle of a phone number, well-formed or not, so that it can be shown and logged.

    >>> mask_phone("0712 345 678")
    '07** *** 678'

    Args:
        number: Any text that is meant as one phone number; letters and signs in it stay. Whatever is no text is
            masked as it prints, so that masking never fails.

    Returns:
        At most 40 characters of the text, with ``*`` for every digit but the last three and those before the last
        eight, and at most four of them are shown.
    """
    return "".join(islice(_masked(str(number)), _ENOUGH_TO_SHOW))


def mask_numbers(text: str, /) -> str:
    """Hide every number of nine digits or more in *text*, as a CheckoutRequestID or a message may hold one.

    >>> mask_numbers("ws_CO_17082026142826127708374149")
    'ws_CO_170820261428261277*****149'
    """
    return _NUMBER.sub(lambda found: (found[1] or "") + "".join(_masked(found[2])), text)


def personal_id(text: str, /) -> str:
    """Give an id as it is, unless it can hold a customer's number: then it is masked in reprs.

    >>> personal_id("19072-295731-1"), personal_id("ws_CO_17082026142826127708374149")
    ('19072-295731-1', 'ws_CO_170820261428261277*****149')
    """
    return MaskedText(text) if _HOLDS_A_NUMBER.search(text) else text


def mask_runs(text: str, /) -> str:
    """Hide only nine or more digits in a row: codes such as ``500.001.1001`` stay.

    >>> mask_runs("500.001.1001 for 254712345678")
    '500.001.1001 for 2547*****678'
    """
    return _RUN.sub(lambda found: "".join(_masked(found[0])), text)


def _masked(number: str) -> Iterator[str]:
    last = sum(character.isdigit() for character in number) - _LAST_SHOWN
    first = min(last - _HIDDEN, _FIRST_SHOWN)
    passed = 0
    for character in number:
        if character.isdigit():
            yield "*" if first <= passed < last else character
            passed += 1
        else:
            yield character


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
    """Yield *error* and the errors that led to it, without the one that the caller was handling before the call."""
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
