"""Safaricom calls about money that comes in unasked: a question before it, and the news of it after.

A validation is a question, and the only place for a no. Whatever is our own fault accepts: a payer must not suffer from
it. A confirmation says that the money has moved, so it is never answered with a no: it is stored first, and what cannot
be read or matched waits for a person. An address that we did not sign proves nothing. What comes there is a lead.
"""

from decimal import Decimal
from functools import partial
from typing import Final, cast

import attrs

from daraja.api.addresses import Purpose, last_segment, read_token
from daraja.api.incoming import IncomingPayment, read_incoming
from daraja.config import Till
from daraja.errors import CallbackMalformed, Conflict
from daraja.http.flow import Flow, Log, Now, ask
from daraja.inbound.announcement import from_incoming, plain_amount, receipt_key
from daraja.inbound.expectation import ReceiptStore
from daraja.inbound.match import open_pushes, take
from daraja.inbound.model import Receipt
from daraja.inbound.policy import AskAccept, InTime, ReceiptPolicy, Rejection
from daraja.inbound.register import registered_key
from daraja.lifecycle.callbacks import (
    BETWEEN_LINES,
    NOT_STORED,
    Reply,
    is_believed,
    log_callback,
    receive_callback,
    storable_address,
)
from daraja.lifecycle.effects import Elsewhere
from daraja.lifecycle.ports import FloatReading, ReceivedCallback
from daraja.lifecycle.transitions import Transition, announce
from daraja.values.account_number import is_account_number, likely_typos, normalise_reference

_MOST_COPIES: Final = 100
"""Copies of one confirmation that are stored."""
_MOST_UNREADABLE: Final = 2_000
_MOST_UNSIGNED: Final = 2_000
_LARGEST: Final = 16 * 1024
"""Bytes that are stored of a body. Safaricom's own have less than one KiB."""

_PAY_BILL_ACCOUNT: Final = "Utility Account"
_TILL_ACCOUNT: Final = "Merchant Account"

_WELCOME: Final = '{"ResultCode": "0", "ResultDesc": "Accepted"}'
_HEARD: Final = '{"ResultCode": 0, "ResultDesc": "Success"}'


def receive(body: bytes, token: str | None, remote_ip: str, policy: ReceiptPolicy, /) -> Flow[Reply[Receipt]]:
    """Answer any request of Safaricom, by the purpose of its address."""
    purpose = _purpose(token, policy)
    if purpose is Purpose.VALIDATION:
        return (yield from validate(body, token, remote_ip, policy))
    if purpose in {Purpose.ANSWER, Purpose.TIMEOUT}:
        return (yield from receive_callback(body, token, remote_ip, policy))
    return (yield from confirm(body, token, remote_ip, policy))


# --------------------------------------------------------------------------------------------------------- validation


def validate(body: bytes, token: str | None, remote_ip: str, policy: ReceiptPolicy, /) -> Flow[Reply[Receipt]]:
    """Answer the question whether a payment is welcome. Whatever goes wrong on our side accepts it."""
    if _purpose(token, policy) is not Purpose.VALIDATION:
        yield from Log("validation.unsigned", {}, warning=True, every=BETWEEN_LINES)
        return Reply(200, _WELCOME)  # nobody learns by it which accounts there are
    rejection: Rejection | None = None
    try:
        rejection = yield from InTime(partial(_decide, body, remote_ip, policy))
    except Exception as failure:  # noqa: BLE001 - a store or the shop's own rule may raise anything
        error = type(failure.__cause__ or failure).__name__
        yield from Log("validation.failed", {"error": error}, warning=True)
    if rejection is None:
        return Reply(200, _WELCOME)
    return Reply(200, f'{{"ResultCode": "{rejection.value}", "ResultDesc": "Rejected"}}')


def _decide(body: bytes, remote_ip: str, policy: ReceiptPolicy) -> Flow[Rejection | None]:
    payment = read_incoming(body)
    if payment.balance is not None:
        yield from _record_as_lead(body, remote_ip, policy)
    return (yield from _rejection(payment, policy))


def _record_as_lead(body: bytes, remote_ip: str, policy: ReceiptPolicy) -> Flow[None]:
    """Store a validation that looks like a confirmation: the addresses may be registered the wrong way round."""
    callback = yield from _received(body, None, remote_ip, _MOST_UNSIGNED, policy)
    error = ""
    try:
        yield from ask(ReceiptStore.record, callback)
    except Exception as failure:  # noqa: BLE001 - the question is answered, whatever a store raises
        error = type(failure).__name__
    yield from log_callback(callback, "validation.names_a_balance", {"error": error} if error else {})


def _rejection(payment: IncomingPayment, policy: ReceiptPolicy) -> Flow[Rejection | None]:
    reference = normalise_reference(payment.reference or "")
    if policy.checkout is not None and reference:
        # Nobody knows whether a payment that was asked for is validated as well. It is welcome.
        now, amount, checkout = (yield from Now()), plain_amount(payment.amount), policy.checkout
        asked_for, _ = yield from Elsewhere("checkout", lambda: open_pushes(reference, amount, now, checkout))
        if asked_for:
            return None
    if (yield from _is_mistyped(reference, policy)):
        return Rejection.ACCOUNT
    return (yield from _rejection_by_the_shop(payment)) if policy.accepts else None


def _is_mistyped(reference: str, policy: ReceiptPolicy) -> Flow[bool]:
    """Tell whether a reference has a wrong check digit, and is one slip away from an account that is expected."""
    typos = likely_typos(reference)
    if is_account_number(reference) or (yield from ask(ReceiptStore.expected, reference, policy.account)):
        return False
    for meant in sorted(typos):
        if (yield from ask(ReceiptStore.expected, meant, policy.account)):
            return True
    return False


def _rejection_by_the_shop(payment: IncomingPayment) -> Flow[Rejection | None]:
    answer = yield from AskAccept(payment)
    if answer is None or answer is True:
        return None
    if answer is False:
        return Rejection.OTHER
    return Rejection(cast("str", answer))


# ------------------------------------------------------------------------------------------------------- confirmation


def confirm(body: bytes, token: str | None, remote_ip: str, policy: ReceiptPolicy, /) -> Flow[Reply[Receipt]]:
    """Store a confirmation, then book it. The answer is yes, unless it could not be stored."""
    payment = _read(body)
    believed = _purpose(token, policy) is Purpose.CONFIRMATION and is_believed(remote_ip, policy)
    signed = believed and (isinstance(payment, str) or paid_to_us(payment, policy))
    named = receipt_key(policy.account, payment.receipt) if isinstance(payment, IncomingPayment) else None
    key = (named or registered_key(policy.account)) if signed else None
    limit = (_MOST_COPIES if named else _MOST_UNREADABLE) if signed else _MOST_UNSIGNED
    callback = yield from _received(body, key, remote_ip, limit, policy)
    try:
        callback = attrs.evolve(callback, id=(yield from ask(ReceiptStore.record, callback)))
    except Exception as failure:  # noqa: BLE001 - a view has to answer, whatever a store raises
        is_a_copy = isinstance(failure, Conflict) and signed and named
        yield from log_callback(callback, "confirmation.not_stored", {"error": type(failure).__name__})
        if not is_a_copy:
            return Reply(503, NOT_STORED)
    if not believed:
        yield from log_callback(callback, "confirmation.unsigned", {})
    transition: Transition[Receipt] | None = None
    try:
        transition = yield from book(callback, policy)
    except Exception as failure:  # noqa: BLE001 - it is stored, and `reconcile` books it later
        yield from log_callback(callback, "confirmation.postponed", {"error": type(failure).__name__})
    return Reply(200, _HEARD, transition)


def paid_to_us(payment: IncomingPayment, policy: ReceiptPolicy, /) -> bool:
    """Tell whether an announcement is of money to our own business. The records of Pull name nobody, and are ours.

    The address proves who sends it, and not whose money it is: one organisation has several shortcodes.
    """
    return payment.shortcode is None or payment.shortcode in policy.config.business.numbers


def _received(
    body: bytes, key: str | None, remote_ip: str, limit: int, policy: ReceiptPolicy
) -> Flow[ReceivedCallback]:
    return ReceivedCallback(
        account=policy.account,
        purpose=Purpose.CONFIRMATION,
        key=key,
        body=body[:_LARGEST],
        remote_ip=storable_address(remote_ip),
        received_at=(yield from Now()),
        limit=limit,
    )


def book(callback: ReceivedCallback, policy: ReceiptPolicy, /) -> Flow[Transition[Receipt] | None]:
    """Book a stored confirmation, as far as it can be believed.

    Returns:
        What it changed; None if it is not believed, or cannot be read.
    """
    payment = _read(callback.body)
    if isinstance(payment, str):
        yield from log_callback(callback, "confirmation.unreadable", {"error": payment})
        if callback.key is None and callback.id:
            yield from ask(ReceiptStore.processed, callback.id, f"malformed: {payment}")
        return None
    if callback.key is None:
        if not paid_to_us(payment, policy):
            yield from log_callback(callback, "confirmation.of_another_shortcode", {})
        known = yield from ask(ReceiptStore.load, receipt_key(policy.account, payment.receipt))
        if known is not None and known.is_success and callback.id:
            yield from ask(ReceiptStore.processed, callback.id, "known already")
        return None
    evidence = from_incoming(payment, callback.received_at)
    taken = yield from take(evidence, policy, event="confirmation paid", callback_id=callback.id or None)
    if taken.after.is_success and not taken.before.is_success:
        yield from _tell_low_float(payment.balance, taken.after, policy)
    return taken


def _tell_low_float(balance: Decimal | None, receipt: Receipt, policy: ReceiptPolicy) -> Flow[None]:
    """Tell the shop if its account holds little although a payment came in. A process that dies here tells nobody."""
    if balance is None or balance >= policy.low_float or "on_low_float" not in policy.hooks:
        return
    account = _TILL_ACCOUNT if isinstance(policy.config.business, Till) else _PAY_BILL_ACCOUNT
    reading = FloatReading(account=account, available=balance, told_by=receipt.key)
    yield from announce(receipt.kind, "on_low_float", reading, {"key": receipt.key})


def _read(body: bytes) -> IncomingPayment | str:
    try:
        return read_incoming(body)
    except CallbackMalformed as malformed:
        return f"{malformed.path} {malformed.args[1]}"


def _purpose(token: str | None, policy: ReceiptPolicy) -> Purpose | None:
    """Return the purpose of an address that we signed for this account; None for any other address."""
    purpose, key = read_token(policy.config, last_segment(token)) or (None, "")
    registered = purpose in {Purpose.VALIDATION, Purpose.CONFIRMATION}
    return None if registered and key != registered_key(policy.account) else purpose
