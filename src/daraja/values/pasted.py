"""What clings to a text that somebody pasted, or that a shell or a file of settings left around it."""

import re
from typing import Final

__all__ = ["check_unwrapped", "without_invisible"]

# Marks of direction and joiners, which phones and chats put around a number; soft hyphens, variation selectors and
# byte-order marks. None of them can be seen.
_INVISIBLE: Final = re.compile(
    "[\u00ad\u034f\u061c\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]"
)
_QUOTES: Final = ("'", '"', "`", "\u2018\u2019", "\u201c\u201d")


def without_invisible(text: str, /) -> str:
    r"""Leave out what cannot be seen, so that a text is what people read.

    >>> without_invisible("\u202a+254712345678\u202c")
    '+254712345678'
    """
    return _INVISIBLE.sub("", text)


def check_unwrapped(text: str, /) -> str:
    """Name the quotes, the line end or the blanks around a setting, which nobody meant to be part of it.

    Raises:
        ValueError: If there are any. The message has nothing of the text in it.
    """
    if any(len(text) > 1 and text[0] == pair[0] and text[-1] == pair[-1] for pair in _QUOTES):
        message = "has quotes around it, which docker --env-file and some others keep; leave the quotes out"
    elif text.endswith(("\r", "\r\n")):
        message = "ends with a carriage return, since the file has the line ends of Windows; save it with those of Unix"
    elif text.endswith("\n"):
        message = "ends with a line end; leave it out, for example with printf or echo -n"
    elif text != text.strip():
        message = "has a blank before or after it; leave it out"
    elif text != without_invisible(text):
        message = "has a character that cannot be seen, which came with copying; type it again"
    else:
        return text
    raise ValueError(message)
