"""Account numbers that customers type at a pay bill: with a check digit, and compared without regard to spelling."""

import re
import unicodedata
from typing import Final

_HIGHEST: Final = 99_999_999_999
"""Eleven digits. With the check digit they are twelve, the most that an account reference has."""
_LONGEST: Final = 12
_SHORTEST: Final = 2

# Damm's quasigroup of order 10 (H. M. Damm, 2004). It finds every wrong digit and every swap of two neighbours, which
# together are nine of ten typing mistakes.
_TABLE: Final = (
    (0, 3, 1, 7, 5, 9, 8, 6, 4, 2),
    (7, 0, 9, 2, 1, 5, 4, 8, 6, 3),
    (4, 2, 0, 6, 8, 7, 1, 3, 5, 9),
    (1, 7, 5, 0, 9, 8, 3, 4, 2, 6),
    (6, 1, 2, 3, 0, 4, 5, 9, 7, 8),
    (3, 6, 7, 4, 2, 0, 9, 5, 8, 1),
    (5, 8, 6, 9, 7, 2, 0, 1, 3, 4),
    (8, 9, 4, 5, 3, 6, 2, 0, 1, 7),
    (9, 4, 3, 8, 6, 1, 7, 2, 0, 5),
    (2, 5, 8, 1, 4, 3, 6, 7, 9, 0),
)
_DIGITS: Final = "0123456789"
_SEPARATORS: Final = re.compile(r"[\W_]+")
_LONGEST_TYPED: Final = 100
"""Characters that are compared of a reference. M-Pesa lets customers type 20."""


def account_number(number: int, /) -> str:
    """Return the account number for one of your numbers: its digits and a check digit (Damm).

    Customers type it at the pay bill. One wrong digit, or two neighbours swapped, never makes another valid number.

    >>> account_number(17)
    '174'

    Args:
        number: Your number of the order or the customer, from 1 to 99,999,999,999.

    Returns:
        2 to 12 digits.

    Raises:
        ValueError: If it is no such number.
    """
    if isinstance(number, bool) or not isinstance(number, int) or not 1 <= number <= _HIGHEST:
        raise ValueError(f"an account number is made of a whole number from 1 to {_HIGHEST:,}")
    return f"{number}{_check_digit(str(number))}"


def is_account_number(text: str, /) -> bool:
    """Tell whether *text* is 2 to 12 digits that end in the right check digit.

    >>> is_account_number("174"), is_account_number("147")
    (True, False)
    """
    return _SHORTEST <= len(text) <= _LONGEST and not set(text) - set(_DIGITS) and _check_digit(text) == 0


def likely_typos(text: str, /) -> frozenset[str]:
    """Return the valid account numbers that differ from *text* in one digit, or by a swap of two neighbours.

    >>> "174" in likely_typos("147")
    True

    Args:
        text: 2 to 12 digits; for any other text there are none.
    """
    if not _SHORTEST <= len(text) <= _LONGEST or set(text) - set(_DIGITS):
        return frozenset()
    wrong_digit = (text[:at] + digit + text[at + 1 :] for at in range(len(text)) for digit in _DIGITS)
    swapped = (text[:at] + text[at + 1] + text[at] + text[at + 2 :] for at in range(len(text) - 1))
    return frozenset(one for one in (*wrong_digit, *swapped) if one != text and is_account_number(one))


def normalise_reference(text: str, /) -> str:
    """Return an account reference in its normal form, to compare two of them.

    That is NFKC, in upper case, without blanks and punctuation: customers type what they like. It is at most 100
    characters long, and empty if there is no letter or digit in it.

    >>> normalise_reference("ord-2025 001")
    'ORD2025001'
    """
    text = text[:_LONGEST_TYPED]
    # Upper case can take a text out of its normal form, and so can a blank that is left out.
    while (folded := _SEPARATORS.sub("", unicodedata.normalize("NFKC", text).upper())) != text:
        text = folded
    return text[:_LONGEST_TYPED]


def _check_digit(digits: str) -> int:
    interim = 0
    for digit in digits:
        interim = _TABLE[interim][int(digit)]
    return interim
