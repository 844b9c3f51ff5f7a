"""A party of a payment, as M-Pesa writes it: ``254712345678 - JOHN DOE`` or ``600999 - SHOP``."""

import re
from typing import Final

import attrs

from daraja.values.secret import MaskedText, mask_numbers

# A hyphen or an en dash, whose spaces are missing at times, stands between them. The number may be masked.
_NUMBER_AND_NAME: Final = re.compile(
    r"\s*(?P<id>\+?\d[\d*xX]*(?: +[\d*][\d*xX]*)*)(?:\s*[-\u2010-\u2015\u2212]\s*(?P<name>.*)|\s*)", re.DOTALL
)
_MOST_CHARACTERS: Final = 500


def masked_name(name: str | None, /) -> str:
    """Show a name by its first letters, for a repr.

    >>> masked_name("JOHN DOE")
    "'J*** D***'"
    """
    if name is None:
        return "None"
    return repr(" ".join(word[:1] + "***" for word in mask_numbers(name).split()))


@attrs.frozen
class Party:
    """A party that paid or was paid; masked in reprs.

    >>> party = Party.read("254712345678 - JOHN DOE")
    >>> party
    Party(id='2547*****678', name='J*** D***')
    >>> str(party.id), party.name
    ('254712345678', 'JOHN DOE')

    Args:
        id: A phone number or a shortcode as M-Pesa writes it, perhaps masked by M-Pesa itself; None if there is
            none.
        name: The name of the customer or the business; None if there is none.
    """

    id: str | None
    name: str | None = attrs.field(repr=masked_name)

    @classmethod
    def read(cls, text: str, /) -> "Party | None":
        """Split M-Pesa's text into number and name; None if it is blank.

        Args:
            text: What M-Pesa wrote. A text without a number in front is a name.
        """
        text = text[:_MOST_CHARACTERS].strip()
        if not text:
            return None
        found = _NUMBER_AND_NAME.fullmatch(text)
        if found is None:
            return cls(None, text)
        return cls(MaskedText(found["id"]), (found["name"] or "").strip() or None)
