"""Reads each announcement of a payment: a confirmation, Pull, Bill Manager, a status answer, a statement row.

All of them name the payment by M-Pesa's receipt number, so they are evidence about one receipt. They write the rest in
different ways: Pull shows the payer's number that a confirmation masks, and Bill Manager knows only the day. So each
source's words are kept apart. The amount and the account have to agree, or a person has to look.
"""

from datetime import datetime
from decimal import Decimal
from hashlib import sha256
from typing import Final, Literal, TypeAlias, get_args

from daraja.api.incoming import IncomingPayment
from daraja.api.transaction_status import StatusResult
from daraja.inbound.statement import StatementRow
from daraja.lifecycle.evidence import Evidence, Said, Source
from daraja.lifecycle.record import Account
from daraja.payments.model import Payment
from daraja.values.account_number import normalise_reference

Announcer: TypeAlias = Literal["confirmation", "pull", "bill_manager", "status", "statement", "prompt"]
"""The source of an announcement. It is a prompt if the payment of that prompt has another receipt already."""

ANNOUNCERS: Final[tuple[Announcer, ...]] = get_args(Announcer)
_OF_INCOMING: Final[dict[str, Announcer]] = {"c2b": "confirmation", "pull": "pull", "bill_manager": "bill_manager"}
_UNKNOWN: Final = "unknown"


def receipt_key(account: Account, receipt: str, /) -> str:
    """Return the key of the record of one receipt number. It is always the same, so no receipt is booked twice.

    Args:
        account: Who was paid.
        receipt: The receipt number.
    """
    named = "\n".join(("receipt", account.environment, account.shortcode, account.tenant, receipt.strip().upper()))
    return sha256(named.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def plain_amount(amount: Decimal, /) -> str:
    """Write an amount without an exponent and without zeros that mean nothing."""
    return f"{amount.normalize():f}"


def from_incoming(payment: IncomingPayment, at: datetime, /) -> Evidence:
    """Return the evidence of a confirmation, a record of Pull or a message of Bill Manager."""
    return _evidence(
        _OF_INCOMING[payment.source],
        at,
        payment.receipt,
        payment.amount,
        paid_at=payment.paid_at,
        reference=payment.reference,
        payer=payment.payer,
        name=payment.payer_name,
        type=payment.transaction_type,
    )


def from_status(result: StatusResult, shortcode: str, at: datetime, /) -> Evidence:
    """Return the evidence of the answer to a status query. Only a payment that is completed or ended is decided.

    Args:
        result: The answer.
        shortcode: Who has to be paid. Anybody can name the receipt of our own payout, or of a payment to somebody else.
        at: When it came.
    """
    payer, receiver = result.sender, result.receiver
    came_in = receiver is not None and receiver.id == shortcode and (payer is None or payer.id != shortcode)
    if result.is_completed and result.receipt is not None and result.amount is not None and came_in:
        return _evidence(
            "status",
            at,
            result.receipt,
            result.amount,
            paid_at=result.completed_at,
            payer=None if payer is None else payer.id,
            name=None if payer is None else payer.name,
            type=result.reason,
        )
    said = Said.FAILED if result.ended_unpaid else Said.PROCESSING
    return Evidence(source=Source.QUERY, said=said, at=at, result_code=result.result_code)


def from_row(row: StatementRow, at: datetime, /) -> Evidence:
    """Return the evidence of a row of a statement that is whole."""
    payer = row.other_party
    return _evidence(
        "statement",
        at,
        row.receipt,
        row.paid_in,
        paid_at=row.completed_at,
        reference=row.account,
        payer=None if payer is None else payer.id,
        name=None if payer is None else payer.name,
        type=row.reason,
    )


def from_prompt(payment: Payment, receipt: str, amount: str, at: datetime, /) -> Evidence:
    """Return the evidence of the callback of a prompt whose payment has another receipt already.

    Args:
        payment: The payment.
        receipt: The receipt number in the callback.
        amount: KES, as facts have it.
        at: When it came.
    """
    return _evidence(
        "prompt", at, receipt, Decimal(amount), paid_at=at, reference=payment.reference, payer=payment.phone, name=None
    )


def lead(receipt: str, at: datetime, /) -> Evidence:
    """Return the evidence of an announcement that anybody may have sent: only a receipt number to ask about."""
    facts = {"transaction_id": receipt.strip().upper()}
    return Evidence(source=Source.CALLBACK, said=Said.CLAIMED, at=at, facts=facts)


def _evidence(
    by: Announcer,
    at: datetime,
    receipt: str,
    amount: Decimal,
    *,
    paid_at: datetime | None,
    reference: str | None = None,
    payer: str | None,
    name: str | None,
    type: str | None = None,  # noqa: A002 - it becomes the name of a fact
) -> Evidence:
    receipt = receipt.strip().upper()
    apart = {"reference": reference, "payer": payer, "name": name, "type": type}
    return Evidence(
        source=Source.CALLBACK if by in {"confirmation", "bill_manager", "prompt"} else Source.QUERY,
        said=Said.PAID,
        at=at,
        facts={
            "transaction_id": receipt,
            "receipt": receipt,
            "amount": plain_amount(amount),
            "account": normalise_reference(reference or "") or None,
            f"{by}_paid_at": _UNKNOWN if paid_at is None else paid_at.isoformat(),
            **{f"{by}_{fact}": value for fact, value in apart.items() if value},
        },
    )
