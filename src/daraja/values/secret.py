"""Text that must never be printed, pickled or logged."""

import hmac
import re
from typing import Final, NoReturn, Self, final

from daraja.privacy import hide_locals
from daraja.values.pasted import check_unwrapped

__all__ = ["Secret", "check_credential"]

_VISIBLE: Final = re.compile(r"[\x21-\x7e]+")


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
