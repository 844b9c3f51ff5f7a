"""Reads money, balances and charges as M-Pesa writes them."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Final, cast

import attrs

_NUMBER: Final = r"[+-]?[0-9]{1,16}(?:\.[0-9]{1,10})?"
_WITH_COMMAS: Final = r"[+-]?[0-9]{1,3}(?:,[0-9]{3}){1,5}(?:\.[0-9]{1,10})?"
_MONEY: Final = re.compile(rf"(?:(?:KES|KSH)\.? *)?({_WITH_COMMAS}|{_NUMBER})(?: *(?:KES|KSH))?", re.IGNORECASE)
# {Amount={CurrencyCode=KES, MinimumAmount=618683, BasicAmount=6186.83}}: shillings, and the same in cents.
_SHILLINGS: Final = re.compile(rf"\bBasicAmount *= *({_NUMBER})(?![0-9.])", re.IGNORECASE)
_CENTS: Final = re.compile(rf"\bMinimumAmount *= *({_NUMBER})(?![0-9.])", re.IGNORECASE)
_LIST: Final = (list, tuple)
_MOST_DIGITS: Final = 15
_TOO_LARGE: Final = 10 ** (_MOST_DIGITS + 1)
_WORDS_CURRENCY_NUMBER: Final = 3
_NUMBERS_OF_AN_ACCOUNT: Final = 4


@attrs.frozen
class Balance:
    """The balance of one account of an M-Pesa organisation.

    Args:
        account: Its name, for example ``Utility Account``.
        currency: ``KES``; None if it is not said.
        current: All the money on it; None if it is not said.
        available: What can be spent.
        reserved: What is set aside for payments under way.
        uncleared: What has come in and cannot be spent yet.
    """

    account: str
    currency: str | None = None
    current: Decimal | None = None
    available: Decimal | None = None
    reserved: Decimal | None = None
    uncleared: Decimal | None = None


@attrs.frozen
class Charge:
    """A charge of M-Pesa for a payment.

    Args:
        name: What it is for, in M-Pesa's words.
        currency: ``KES``; None if it is not said.
        amount: How much, in that currency.
    """

    name: str
    currency: str | None
    amount: Decimal


def read_money(value: object, /) -> Decimal | None:
    """Read an amount exactly: a number, text, ``Words|KES|22.40``, or a Java map; None for anything else.

    >>> read_money("{Amount={CurrencyCode=KES, MinimumAmount=618683, BasicAmount=6186.83}}")
    Decimal('6186.83')
    """
    if type(value) is int and -_TOO_LARGE < value < _TOO_LARGE:  # as nearly all of them are
        return Decimal(value)
    value = only_one(value)
    if isinstance(value, str):
        return _money_in_text(value)
    if isinstance(value, Mapping):
        return _money_in_map(cast("Mapping[object, object]", value))
    if isinstance(value, bool) or not isinstance(value, Decimal | float | int):
        return None
    number = Decimal(str(value)) if isinstance(value, float) else Decimal(value)
    # A number such as 1e999999999 would fill the memory of the program that writes it out.
    return number if number.is_finite() and abs(number.adjusted()) <= _MOST_DIGITS else None


def read_charges(values: list[object], /) -> tuple[Charge, ...]:
    """Read ``Words|KES|22.40``, or several of them joined by ``&``, or a bare number."""
    charges: list[Charge] = []
    for part in _parts(values):
        name, currency, numbers = _split(part)
        if len(numbers) == 1 and numbers[0] is not None:
            charges.append(Charge(name or "Charge", currency, numbers[0]))
    return tuple(charges)


def read_balances(values: list[object], /) -> dict[str, Balance]:
    """Read ``Name|KES|current|available|reserved|uncleared``, or several of them joined by ``&``.

    The page of AccountBalance names the numbers in another order. The sample of TaxRemittance proves this one: there
    current less available is what is reserved.
    """
    balances: dict[str, Balance] = {}
    for part in _parts(values):
        name, currency, numbers = _split(part)
        if name and any(number is not None for number in numbers):
            four = (numbers + [None] * _NUMBERS_OF_AN_ACCOUNT)[:_NUMBERS_OF_AN_ACCOUNT]
            balances.setdefault(name, Balance(name, currency, *four))
    return balances


def only_one(value: object, /) -> object:
    """Give the one thing in a list of one, since some send a list for an object; anything else as it is."""
    if isinstance(value, _LIST) and len(cast("list[object]", value)) == 1:
        return cast("list[object]", value)[0]
    return value  # pyright: ignore[reportUnknownVariableType] - a list of anything


def _money_in_text(text: str) -> Decimal | None:
    text = text.strip()
    if found := _MONEY.fullmatch(text):
        return Decimal(found[1].replace(",", ""))
    if found := _SHILLINGS.search(text):
        return Decimal(found[1])
    if found := _CENTS.search(text):
        return Decimal(found[1]) / 100
    cells = text.split("|")
    return _money_in_text(cells[-1]) if len(cells) == _WORDS_CURRENCY_NUMBER else None


def _money_in_map(value: Mapping[object, object]) -> Decimal | None:
    """Read ``{"Amount": {"CurrencyCode": "KES", "MinimumAmount": 618683, "BasicAmount": 6186.83}}``."""
    fields = _lower(value)
    if isinstance(amount := fields.get("amount"), Mapping):
        fields = _lower(cast("Mapping[object, object]", amount))
    shillings, cents = fields.get("basicamount", fields.get("amount")), fields.get("minimumamount")
    if shillings is not None:
        return None if isinstance(shillings, Mapping) else read_money(shillings)
    number = None if isinstance(cents, Mapping) else read_money(cents)
    return None if number is None else number / 100


def _lower(value: Mapping[object, object]) -> dict[str, object]:
    return {name.lower(): content for name, content in value.items() if isinstance(name, str)}


def _parts(values: list[object]) -> list[str]:
    parts: list[str] = []
    for value in values:
        if isinstance(value, str):
            parts += value.replace("&amp;", "&").split("&")
        elif isinstance(value, _LIST):
            parts += _parts([each for each in cast("list[object]", value) if isinstance(each, str)])
        elif (number := read_money(value)) is not None:
            parts.append(f"{number:f}")
    return parts


def _split(part: str) -> tuple[str, str | None, list[Decimal | None]]:
    """Take ``Name|KES|1.00|2.00`` apart; name and currency may be missing."""
    cells = [cell.strip() for cell in part.split("|")]
    name = cells.pop(0) if len(cells) > 1 else ""
    currency = cells.pop(0) if len(cells) > 1 and not _MONEY.fullmatch(cells[0]) else None
    return name, currency, [_money_in_text(cell) for cell in cells]
