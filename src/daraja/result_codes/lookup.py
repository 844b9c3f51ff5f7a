"""Find the explanation of a result code, also where nobody has explained it."""

from collections.abc import Mapping
from importlib import import_module
from typing import Final

from daraja.result_codes.base import Explanation, Outcome
from daraja.values.phone import Personal, mask_numbers

__all__ = ["explain"]

# A product's table is loaded by its first question, since few programs ask about every product.
_TABLES: Final[Mapping[str, tuple[str, str]]] = {
    "stk": ("daraja.result_codes.stk", "STK"),
}
_ENOUGH_TO_READ: Final = 200


def explain(api: str, code: str | int, words: str = "", /) -> Explanation:
    """Say what a result code means and whether the customer may be asked for money again.

    >>> explain("stk", 1032).title
    'Cancelled by the customer'
    >>> unknown = explain("stk", "7777", "Something new happened.")
    >>> unknown.outcome.value, unknown.title, unknown.charge_again
    ('unrecognised', 'Unrecognised: Something new happened.', False)

    Args:
        api: The product that the code came from; ``stk`` so far. The same code means other things elsewhere.
        code: The code exactly as Safaricom sent it, text or a number; ``"00"`` is not ``"0"``.
        words: Safaricom's own description, used only where the code is unknown. Its first 200 characters are shown,
            with the numbers of customers masked.

    Returns:
        The explanation from the product's table, or ``Outcome.UNRECOGNISED`` with Safaricom's words for a code that
        is not in it: neither paid, as far as it says, nor failed for good.

    Raises:
        ValueError: If there is no table for *api* (the message names those there are), or *code* is a bool, which no
            code is. Mend the call.

    Source:
        Daraja, MpesaExpressQuery (ResultCode), and what was seen in practice; each explanation has its own source.
    """
    if isinstance(code, bool) or not isinstance(code, str | int):
        message = f"a result code is text or a whole number, not {type(code).__name__}; hand over what Safaricom sent"
        raise ValueError(message)
    text = str(code)
    return _table(api).get(text) or _unrecognised(api, text, words)


def _table(api: str, /) -> Mapping[str, Explanation]:
    if api not in _TABLES:
        message = f"there is no table of result codes for {api!r}; known are: {', '.join(_TABLES)}"
        raise ValueError(message)
    module, name = _TABLES[api]
    table: Mapping[str, Explanation] = getattr(import_module(module), name)
    return table


def _unrecognised(api: str, code: str, words: str, /) -> Explanation:
    shown, said = _readable(code), _readable(words)
    return Explanation(
        code=Personal(code),
        outcome=Outcome.UNRECOGNISED,
        title=f"Unrecognised: {said}" if said else f"Unrecognised code {shown}",
        customer_message=(
            "We do not know yet whether your payment went through. "
            "Please check your M-Pesa messages before you pay again."
        ),
        customer_message_sw=(
            "Bado hatujui kama malipo yako yamekamilika. Tafadhali angalia jumbe zako za M-Pesa kabla ya kulipa tena."
        ),
        developer_hint=(
            f"The {api} table has no code {shown}. "
            + (f'Safaricom\'s own words: "{said}". ' if said else "Safaricom sent no words with it. ")
            + "Take it neither for paid nor for failed: query again, or look at the statement, before you ask again."
        ),
        charge_again=False,
        source="Safaricom's own words; in no list that we know",
    )


def _readable(text: str, /) -> str:
    # The spaces go first, or a number written with two of them would slip past the mask.
    return mask_numbers(" ".join(text.split()))[:_ENOUGH_TO_READ]
