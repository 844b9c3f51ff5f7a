"""Find the explanation of a result code, also of an unknown one."""

import re
from collections.abc import Mapping
from importlib import import_module
from typing import Final

import attrs

from daraja.result_codes.base import Explanation, Outcome
from daraja.values.secret import MaskedText, mask_numbers

# A product's table is loaded at its first use, because few programs use every product.
_TABLES: Final[Mapping[str, tuple[str, str]]] = {
    "stk": ("stk", "STK"),
    "b2c": ("b2c", "B2C"),
    "b2b": ("b2b", "B2B"),
    "tax": ("b2b", "TAX"),
    "reversal": ("reversal", "REVERSAL"),
    "status": ("questions", "STATUS"),
    "balance": ("questions", "BALANCE"),
    "express": ("express", "EXPRESS"),
    "standing_order": ("standing_order", "STANDING_ORDER"),
}
_DONE: Final = "0"
_STILL_PROCESSING: Final = "4999"
"""The row that every table has for a request that is not decided yet."""
_DOUBTFUL: Final = "19"
"""A row that proves nothing, in every table that is based on the common one."""
_UNKNOWN: Final = (
    "We do not know yet whether your payment went through. Please check your M-Pesa messages before you pay again."
)
# Not "a transaction is already in process for the current subscriber", because it is about another payment.
_UNDECIDED_WORDS: Final = re.compile(
    r"\b(?:being|under|still) process|\b(?:is|still|currently) (?:in progress|in process|pending)\b(?! for)"
    r"|^(?:(?:the |your )?(?:transaction|request|payment) )?(?:processing|pending|in progress|in process)\W*$"
    r"|\bno (?:such )?transactions? (?:(?:was|were|is) )?(?:found|available|exists?)"
    r"|\btransactions? (?:(?:was|were|is|could) )?(?:not (?:be )?found|does not exist)",
    re.IGNORECASE,
)
_ENOUGH_TO_READ: Final = 200


def explain(product: str, code: str | int, words: str = "", /) -> Explanation:
    """Return the meaning of a result code, and whether a new prompt or payout is safe.

    >>> explain("stk", 1032).title
    'Cancelled by the customer'
    >>> explain("b2c", 2040).title, explain("b2c", 2040).pay_again
    ('Receiver not registered', True)
    >>> unknown = explain("stk", "7777", "Something new happened.")
    >>> unknown.outcome.value, unknown.title, unknown.charge_again
    ('unrecognised', 'Unrecognised: Something new happened.', False)

    Args:
        product: The product that the code came from: ``stk``, ``b2c`` (Pochi too), ``b2b``, ``tax``, ``reversal``,
            ``status``, ``balance``, ``express`` or ``standing_order``. The same code means other things elsewhere.
        code: The code exactly as Safaricom sent it, text or a number; ``"00"`` is not ``"0"``.
        words: Safaricom's own description. If it says that the request is still being processed, or cannot be found
            yet, nothing is decided, for every code but 0. Otherwise it is used only for an unknown code: its first 200
            characters are shown, with customers' numbers masked.

    Returns:
        The explanation from the product's table. For a code that is not in the table, ``Outcome.UNRECOGNISED`` with
        Safaricom's words: neither paid nor failed for good.

    Raises:
        ValueError: If *product* has no table (the message names the known products), or *code* is a bool. Correct the
            call.

    Source:
        Daraja, the page of each product, and real answers; each explanation has its own source.
    """
    if isinstance(code, bool) or not isinstance(code, str | int):
        message = f"a result code is text or a whole number, not {type(code).__name__}; hand over what Safaricom sent"
        raise ValueError(message)
    table, text = table_of(product), str(code)
    if text != _DONE and is_undecided(words):
        return still_processing(product, text)
    return table.get(text) or _unrecognised(product, text, words)


def is_undecided(words: str, /) -> bool:
    """Return whether Safaricom's words say that nothing is decided yet, or that nothing is found yet.

    >>> is_undecided("The transaction is still under processing"), is_undecided("No transaction found")
    (True, True)
    >>> is_undecided("The service request is processed successfully.")
    False
    """
    return _UNDECIDED_WORDS.search(" ".join(words.split())) is not None


def still_processing(product: str, code: str, /) -> Explanation:
    """Explain a request with any *code* that is not decided yet."""
    row = table_of(product)[_STILL_PROCESSING]
    return row if row.code == code else attrs.evolve(row, code=MaskedText(code))


def table_of(product: str, /) -> Mapping[str, Explanation]:
    """Return the whole table of a product.

    Raises:
        ValueError: If there is none; the message names the known products.
    """
    if product not in _TABLES:
        raise ValueError(f"there is no table of result codes for {product!r}; known are: {', '.join(_TABLES)}")
    module, name = _TABLES[product]
    table: Mapping[str, Explanation] = getattr(import_module(f"daraja.result_codes.{module}"), name)
    return table


def _unrecognised(product: str, code: str, words: str, /) -> Explanation:
    shown, said = _readable(code), _readable(words)
    doubt = table_of(product).get(_DOUBTFUL)
    return Explanation(
        code=MaskedText(code),
        outcome=Outcome.UNRECOGNISED,
        title=f"Unrecognised: {said}" if said else f"Unrecognised code {shown}",
        customer_message=_UNKNOWN if doubt is None else doubt.customer_message,
        merchant_message="Nobody has explained this answer of M-Pesa's. Look on the statement before anything else.",
        developer_hint=(
            f"The {product} table has no code {shown}. "
            + (f'Safaricom\'s own words: "{said}". ' if said else "Safaricom sent no words with it. ")
            + "Take it neither for paid nor for failed: query again, or look at the statement, before you go on."
        ),
        no_money_moved=False,
        source="Safaricom's own words; in no list that we know",
    )


def _readable(text: str, /) -> str:
    # The spaces go first; otherwise the mask would miss a number with double spaces.
    return mask_numbers(" ".join(text.split()))[:_ENOUGH_TO_READ]
