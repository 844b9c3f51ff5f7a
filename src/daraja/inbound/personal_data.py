"""The expectations that belong to a phone number: the shop's notes are exported or erased, the references stay."""

import json
from typing import Any, Final

import attrs

from daraja.http.flow import Flow, ask
from daraja.inbound.expectation import Expectation, ReceiptStore
from daraja.lifecycle import personal_data
from daraja.lifecycle.filter import Filter
from daraja.lifecycle.personal_data import Erasure, names
from daraja.lifecycle.ports import Unreadable

_PAGE: Final = 100


def export(which: Filter, /) -> Flow[dict[str, Any]]:  # Any: what JSON can hold
    """Collect everything about a number that a store of receipts has, as JSON can hold it."""
    exported = yield from personal_data.export(which)
    found, unreadable = yield from _naming(which)
    exported["unreadable"] += unreadable
    return exported | {"expectations": [_as_json(one) for one in found]}


def erase(which: Filter, /) -> Flow[Erasure]:
    """Erase a number from receipts, and from the metadata of their expectations.

    An account number or an order that is named by the number is how money finds its order, so it stays.
    """
    erasure = yield from personal_data.erase(which)
    erased, kept = list(erasure.erased), dict(erasure.kept)
    found, unreadable = yield from _naming(which)
    for one in found:
        yield from ask(ReceiptStore.erase_metadata, one.key)
        reason = _why_it_stays(one, which.phone or "")
        if reason:
            kept[one.key] = reason
        else:
            erased.append(one.key)
    return attrs.evolve(erasure, erased=tuple(erased), kept=kept, unreadable=(*erasure.unreadable, *unreadable))


def _naming(which: Filter) -> Flow[tuple[list[Expectation], list[str]]]:
    """Return the expectations that name the number, and the keys of those that cannot be read."""
    found, unreadable, last = list[Expectation](), list[str](), None
    while page := (yield from ask(ReceiptStore.every_expectation, _PAGE, which.account, last)):
        for one in page:
            if isinstance(one, Unreadable):
                unreadable.append(one.key)
            elif names(json.dumps(_as_json(one), ensure_ascii=False), which.phone or ""):
                found.append(one)
        last = page[-1].key
    return found, unreadable


def _why_it_stays(expectation: Expectation, number: str) -> str:
    for name, text in (("reference", expectation.reference), ("order", expectation.order or "")):
        if names(text, number):
            return f"its {name} is named by the number"
    return ""


def _as_json(expectation: Expectation) -> dict[str, Any]:  # Any: as above
    return {
        "reference": str(expectation.reference),
        "order": None if expectation.order is None else str(expectation.order),
        "amount": expectation.amount,
        "metadata": expectation.metadata,
        "created_at": expectation.created_at.isoformat(),
    }
