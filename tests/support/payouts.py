"""A payout as a kind of record. It proves that the engine knows no product.

Its answers come by callback, it is queried by its own key, and the tests post its callbacks as plain JSON.
"""

import json
from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar, Final

import attrs

from daraja.api.addresses import Purpose
from daraja.config import Config
from daraja.errors import CallbackMalformed
from daraja.http.flow import Flow, Log
from daraja.lifecycle.evidence import Evidence, Said, Source
from daraja.lifecycle.kind import Kind, Timing, Transitions
from daraja.lifecycle.record import Account, Record
from daraja.result_codes import Explanation, explain
from tests.support.payments import START

__all__ = ["PAYOUT", "Payout", "PayoutStatus", "a_payout"]


class PayoutStatus(StrEnum):
    PENDING = "pending"
    ACCEPTED = "accepted"
    UNCONFIRMED = "unconfirmed"
    FAILED = "failed"
    PAID = "paid"


TRANSITIONS: Final[Transitions] = {
    (Source.GIVING_UP, Said.NOTHING): PayoutStatus.UNCONFIRMED,
    (Source.ANSWER, Said.ACCEPTED): PayoutStatus.ACCEPTED,
    (Source.ANSWER, Said.REFUSED): PayoutStatus.FAILED,
    (Source.QUERY, Said.PROCESSING): PayoutStatus.ACCEPTED,
    (Source.CALLBACK, Said.CLAIMED): PayoutStatus.ACCEPTED,
    (Source.CALLBACK, Said.PROCESSING): PayoutStatus.ACCEPTED,
    (Source.CALLBACK, Said.FAILED): PayoutStatus.FAILED,
    (Source.CALLBACK, Said.PAID): PayoutStatus.PAID,
    (Source.PERSON, Said.PAID): PayoutStatus.PAID,
    (Source.PERSON, Said.FAILED): PayoutStatus.FAILED,
}


def _parse(body: bytes, at: datetime, _: Purpose, __: Record | None) -> Evidence:
    try:
        fields: dict[str, str] = json.loads(body)
        return Evidence(
            source=Source.CALLBACK,
            said=Said(fields.pop("said")),
            at=at,
            result_code=fields.pop("code", None),
            facts=dict(fields),
        )
    except (ValueError, KeyError) as error:
        raise CallbackMalformed("said", str(error)) from None


def _ask(payout: "Payout", _: Config) -> Flow[Evidence | None]:
    yield from Log("payout.asked", {"key": payout.key})
    return None  # Safaricom answers by callback


def _explain(code: str) -> Explanation:
    return explain("stk", code)


PAYOUT: Final = Kind(
    name="payout",
    purpose=Purpose.RESULT,
    statuses=PayoutStatus,
    transitions=TRANSITIONS,
    success=PayoutStatus.PAID,
    denied=frozenset({PayoutStatus.FAILED}),
    stopped=PayoutStatus.UNCONFIRMED,
    unique=("conversation_id", "receipt"),
    asked_by="conversation_id",
    timing=Timing(pauses=(timedelta(minutes=2), timedelta(hours=1)), open_for=timedelta(hours=24)),
    parse=_parse,
    ask=_ask,
    explain=_explain,
    reply=lambda evidence: json.dumps({"seen": evidence is not None}),
)


@attrs.frozen(kw_only=True)
class Payout(Record):
    kind: ClassVar[Kind] = PAYOUT

    status: PayoutStatus = PayoutStatus.PENDING
    receiver: str
    amount: int

    @property
    def expected(self) -> dict[str, str]:
        return {"amount": str(self.amount), "receiver": self.receiver}


def a_payout(*, key: str = "f" * 32) -> Payout:
    return Payout(
        key=key,
        account=Account("simulator", "600111"),
        receiver="254712345678",
        amount=1200,
        created_at=START,
        updated_at=START,
    )
