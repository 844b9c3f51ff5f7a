"""Characters that come with a pasted text, and those that a shell or a file leaves around a setting."""

import re
from typing import Final

__all__ = ["check_unwrapped", "without_invisible"]

# Direction marks and joiners, which phones and chats put around a number; soft hyphens, variation selectors and
# byte-order marks. All of them are invisible.
_INVISIBLE: Final = re.compile(
    "[\u00ad\u034f\u061c\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]"
)
_QUOTES: Final = ("'", '"', "`", "\u2018\u2019", "\u201c\u201d")


def without_invisible(text: str, /) -> str:
    r"""Return *text* without its invisible characters.

    >>> without_invisible("\u202a+254712345678\u202c")
    '+254712345678'
    """
    return _INVISIBLE.sub("", text)


def check_unwrapped(text: str, /) -> str:
    """Check that a setting has no quotes, line end or blanks around it, since they do not belong to it.

    Raises:
        ValueError: If it has. The message says which, and shows nothing of the text.
    """
    if any(len(text) > 1 and text[0] == pair[0] and text[-1] == pair[-1] for pair in _QUOTES):
        message = "has quotes around it, which docker --env-file keeps; leave the quotes out"
    elif text.endswith(("\r", "\r\n")):
        message = "ends with a carriage return, since the file has Windows line ends; save it with Unix line ends"
    elif text.endswith("\n"):
        message = "ends with a line end; leave it out, for example with printf or echo -n"
    elif text != text.strip():
        message = "has a blank before or after it; leave it out"
    elif text != without_invisible(text):
        message = "has an invisible character, which came with copying; type it again"
    else:
        return text
    raise ValueError(message)
