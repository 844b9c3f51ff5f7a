"""Callbacks as Safaricom would post them, made without a push, for every outcome and with any oddity."""

from base64 import b32encode
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Final

import attrs

from daraja.api.addresses import Purpose, signed_url
from daraja.config import Config
from daraja.http.messages import HttpRequest
from daraja.lifecycle.record import Account
from daraja.payments import Payment
from daraja.result_codes import Outcome
from daraja.simulator.ids import Ids
from daraja.simulator.products.stk.behaviours import Change
from daraja.simulator.products.stk.callback_payload import CallbackPayload, callback_payload, callback_request
from daraja.simulator.products.stk.push import Decision, Push
from daraja.simulator.results import CANCELLED, PAID, PROCESSING, UNANSWERED, Result, result
from daraja.testing.defaults import sample_config
from daraja.testing.delivery import path_of, send_to, token_of
from daraja.testing.run_async import refuse_coroutine

_RESULTS: Final[Mapping[Outcome, Result]] = {
    Outcome.PAID: PAID,
    Outcome.CANCELLED: CANCELLED,
    Outcome.TIMEOUT: UNANSWERED,
    Outcome.FAILED: result(1),
    Outcome.PROCESSING: PROCESSING,
    Outcome.UNRECOGNISED: result(7777),
}


@attrs.frozen
class PostedCallback:
    """A callback on its way into a shop.

    Args:
        request: The whole request, as the simulator would send it.
    """

    request: HttpRequest = attrs.field(repr=False)

    @property
    def url(self) -> str:
        """The whole address."""
        return self.request.url

    @property
    def path(self) -> str:
        """The address without scheme and host, as a test client takes it."""
        return path_of(self.request)

    @property
    def token(self) -> str | None:
        """The last segment of the path, for ``Checkout.receive``."""
        return token_of(self.request)

    @property
    def body(self) -> bytes:
        """The body, JSON as Safaricom writes it."""
        return self.request.body

    def send(self, target: Any) -> Any:  # noqa: ANN401 - any client, and that client's own response
        """Post it, and return the answer, of any status.

        Args:
            target: What ``deliver_to`` takes: the test client of Django, Django REST framework, Flask, FastAPI or
                Starlette, or a ``Checkout`` or ``AsyncCheckout``.

        Returns:
            The client's own response, or the checkout's reply; each has a ``status_code``.

        Raises:
            ValueError: If *target* is none of them.
        """
        return send_to(target, self.request)


def stk_callback(
    payment: Payment,
    outcome: Outcome | str = Outcome.PAID,
    *changes: Change,
    config: Config | None = None,
    result_code: int | str | None = None,
    result_description: str | None = None,
    amount: object = None,
    receipt: object = None,
    phone: object = None,
    transaction_date: object = None,
    metadata: Mapping[str, object] | None = None,
    checkout_request_id: str | None = None,
    merchant_request_id: str | None = None,
) -> PostedCallback:
    """Make the callback that a payment would get with this outcome. The same call always makes the same bytes.

    It needs no push, and the simulator does not know of it: a later query is answered from the simulator's own view.

    >>> from datetime import UTC, datetime
    >>> now = datetime(2026, 1, 15, 9, 0, tzinfo=UTC)
    >>> payment = Payment(
    ...     key="0123456789abcdef0123456789abcdef", idempotency_key=None, account=Account("simulator", "174379"),
    ...     reference="ORD-1", description="Shirt", amount=500, phone="254712345678", created_at=now, updated_at=now,
    ... )
    >>> callback = stk_callback(payment, "cancelled")
    >>> callback.path.startswith("/payments/callback/") and payment.key in callback.path
    True
    >>> b'"ResultCode":1032' in callback.body
    True

    Args:
        payment: The payment that it is about. Ids of Daraja that the payment does not have are invented.
        outcome: ``paid``, ``cancelled``, ``timeout``, ``failed``, ``processing`` or ``unrecognised``.
        *changes: Oddities: ``shuffled``, ``with_masked_phone``, ``as_text`` and the others of
            ``daraja.simulator.products.stk.behaviours``, applied in this order.
        config: The settings that the payment was started with; their secret signs the address. ``sample_config()`` if
            left out, as in the fixture ``daraja_config``.
        result_code: A code of your own instead of the usual one of the outcome.
        result_description: Other words than Safaricom's usual ones.
        amount: The amount paid, in KES, if not the amount asked for.
        receipt: The M-Pesa receipt, if not one made from the payment's key.
        phone: The phone that paid, in any form that Safaricom may write.
        transaction_date: The time of the payment, as the digits ``YYYYMMDDHHmmss`` in Nairobi's time.
        metadata: All items by their names in the callback, in place of the usual ones; ``{}`` for none.
        checkout_request_id: Another id than the payment's.
        merchant_request_id: Another id than the payment's.

    Returns:
        The callback, to be sent with ``send`` or taken apart.

    Raises:
        InvalidInput: If *payment* is what an ``AsyncCheckout`` gives before it is awaited. A ``ValueError`` too.
        ValueError: If there is no such outcome, or the payment is of another shortcode or environment than *config*.
    """
    refuse_coroutine(payment)
    config = sample_config() if config is None else config
    _check_account(payment, config)
    ids, at = Ids(), payment.updated_at
    push = Push(
        merchant_request_id=merchant_request_id or payment.merchant_request_id or ids.request_id(at),
        checkout_request_id=(
            checkout_request_id or payment.checkout_request_id or ids.checkout_request_id(payment.phone, at)
        ),
        asked_at=payment.created_at,
        shortcode=payment.shortcode,
        receiver=payment.shortcode,
        amount=payment.amount,
        phone=payment.phone,
        reference=payment.reference,
        description=payment.description,
        callback_url=signed_url(config, Purpose.PAYMENT, payment.key).reveal(),
    )
    said = callback_payload(push, Decision(_result(outcome, result_code, result_description), at, _receipt_of(payment)))
    given = {
        "Amount": amount,
        "MpesaReceiptNumber": receipt,
        "TransactionDate": transaction_date,
        "PhoneNumber": phone,
    }
    said = _with_items(said, metadata, {name: value for name, value in given.items() if value is not None})
    for change in changes:
        said = change(said)
    return PostedCallback(callback_request(push, said.body()))


def _with_items(
    said: CallbackPayload, instead: Mapping[str, object] | None, given: Mapping[str, object]
) -> CallbackPayload:
    return attrs.evolve(said, items={**(said.items if instead is None else instead), **given})


def _result(outcome: Outcome | str, code: int | str | None, words: str | None) -> Result:
    usual = _RESULTS.get(Outcome(outcome))
    if usual is None:
        raise ValueError(f"{str(outcome)!r} is no outcome of a push; use one of {', '.join(_RESULTS)}")
    if code is not None:
        usual = result(code) if isinstance(code, int) else Result(code, result(-1).description)
    return usual if words is None else attrs.evolve(usual, description=words)


def _receipt_of(payment: Payment) -> str:
    return b32encode(sha256(payment.key.encode()).digest()).decode()[:10]


def _check_account(payment: Payment, config: Config) -> None:
    mine, theirs = Account.of(config), payment.account
    if mine != theirs:
        raise ValueError(
            f"the payment is of shortcode {theirs.shortcode} in {theirs.environment}, and the settings are of "
            f"{mine.shortcode} in {mine.environment}; hand over those it was started with: config=..."
        )
