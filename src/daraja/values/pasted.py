"""Characters that come with a pasted text or a saved file, and those that a shell leaves around a setting."""

import re
from typing import Final

# Direction marks and joiners, which phones and chats put around a number; soft hyphens, variation selectors, tags and
# byte-order marks. All of them are invisible.
_INVISIBLE: Final = re.compile(
    "[\u00ad\u034f\u061c\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\U000e0000-\U000e0fff]"
)
_UTF_16: Final = (b"\xff\xfe", b"\xfe\xff")
_QUOTES: Final = ("'", '"', "`", "\u2018\u2019", "\u201c\u201d")


def without_invisible(text: str, /) -> str:
    r"""Return *text* without its invisible characters.

    >>> without_invisible("\u202a+254712345678\u202c")
    '+254712345678'
    """
    return _INVISIBLE.sub("", text)


def text_of_file(content: bytes, /) -> str:
    r"""Return the text of a file in the encodings in which spreadsheets save it: UTF-8, UTF-16 or Windows-1252.

    >>> text_of_file(b"\xef\xbb\xbfRen\xc3\xa9"), text_of_file(b"Ren\xe9")
    ('René', 'René')
    """
    try:
        return content.decode("utf-16" if content.startswith(_UTF_16) else "utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")  # as older Excels write it; the figures are ASCII in either


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
