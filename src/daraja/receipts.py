"""Receipts: money that customers pay by themselves is booked once, and matched with orders and payments."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any, Final, TypeVar

import attrs

from daraja import fields
from daraja.api.c2b import C2bVersion, Unanswered
from daraja.api.call import Registered
from daraja.api.incoming import IncomingPayment
from daraja.checkout import Checkout, parts_of
from daraja.client import Daraja
from daraja.errors import ConfigurationError
from daraja.fields import raise_faults, value_or_fault
from daraja.http.flow import Flow
from daraja.http.json_body import read_request
from daraja.inbound.expect import Expect, offer, read_expectation
from daraja.inbound.expectation import Expectation, ReceiptStore
from daraja.inbound.model import Receipt
from daraja.inbound.paid_twice import place_receipt, placed_receipt
from daraja.inbound.policy import ReceiptPolicy
from daraja.inbound.receive import confirm, receive, validate
from daraja.inbound.register import Addresses, addresses_of, register
from daraja.inbound.settle import Settlement, settle_receipts
from daraja.inbound.statement import Statement
from daraja.inbound.sweep import ReceiptReport, Sweep, reconcile_receipts, sweep
from daraja.inbound.unmatched import Suggestion, Unmatched, assign, dismiss, known_receipt, list_unmatched, suggest
from daraja.lifecycle import resolve
from daraja.lifecycle.callbacks import Reply
from daraja.lifecycle.policy import Policy, check_hook, make_policy
from daraja.lifecycle.ports import FloatReading
from daraja.lifecycle.transitions import Transition
from daraja.payments.model import Payment
from daraja.payments.order import Order
from daraja.runtime.base import run
from daraja.runtime.receipts import ReceiptRuntime
from daraja.values.secret import hide_locals

T = TypeVar("T")

_HIGHEST: Final = 1_000_000_000


class Receipts:
    """Books money that customers pay by themselves to one pay bill or till. Make one per process, and share it.

    >>> from daraja import Config, Daraja, Receipts
    >>> from daraja.stores import MemoryReceiptStore
    >>> receipts = Receipts(Daraja(Config.from_env()), MemoryReceiptStore())  # doctest: +SKIP
    >>> expectation = receipts.expect(order="ORD-2025-001", amount=500)  # doctest: +SKIP
    >>> expectation.reference  # what the customer types as account  # doctest: +SKIP
    '42195078'

    Args:
        daraja: The client. Its settings name the business that is paid.
        store: The store of the receipts, such as ``SqlReceiptStore(url)``.
        checkout: The checkout of the same business. A payment that it asked for is announced here, too, and is then
            its own money, which counts once.
        accept: Your rule for validations, called with the payment that is about to be made. True or None accepts it,
            False or a ``Rejection`` refuses it. If it raises, or stores and rule together take more than 4 seconds, the
            payment is accepted. A validation is answered in a thread of its own.
        match: Your rule for money that nothing expects, called with the receipt. It returns the order that the money
            is for, or None.
        on_received: Called with each receipt that counts for an order or an expectation, at least once; after a crash
            it may be called again. For exactly once, use the store's own transaction instead
            (``SqlReceiptStore(url, on_received=...)``). Give the same function to every process of the shop.
        on_refund_due: Called with each receipt that came when its order or expectation was paid already, at least once.
            Such a receipt is not passed to *on_received*: give the money back.
        on_low_float: Called with a ``FloatReading`` if a confirmation says that the account holds too little.
        low_float: The amount in KES below which that account holds too little; payouts to phones come from it.
        pull: Whether ``reconcile`` also looks for payments with Pull, which Safaricom has to enable.
        senders: The only addresses whose confirmations are believed, such as ``SAFARICOM_ADDRESSES``; None trusts any.

    Raises:
        ConfigurationError: If an argument has a wrong type, or the checkout is of another business.
    """

    def __init__(
        self,
        daraja: Daraja,
        store: ReceiptStore,
        *,
        checkout: Checkout | None = None,
        accept: Callable[[IncomingPayment], object] | None = None,
        match: Callable[[Receipt], object] | None = None,
        on_received: Callable[[Receipt], object] | None = None,
        on_refund_due: Callable[[Receipt], object] | None = None,
        on_low_float: Callable[[FloatReading], object] | None = None,
        low_float: int = 0,
        pull: bool = False,
        senders: Iterable[str] | None = None,
    ) -> None:
        hooks: dict[str, Callable[[Any], object] | None] = {  # Any: the argument of each
            "on_refund_due": on_refund_due,
            "on_low_float": on_low_float,
        }
        policy = make_policy(
            Receipt,
            daraja,
            store,
            on_received,
            success_name="on_received",
            hooks=hooks,
            confirm=False,
            senders=senders,
            client=Daraja,
            protocol=ReceiptStore,
            awaits=False,
        )
        theirs, places = parts_of(checkout)
        self._policy: Final = make_receipt_policy(
            policy, theirs, accept, match, pull=pull, low_float=low_float, awaits=False
        )
        self._store: Final = store
        self._runtime: Final = ReceiptRuntime(
            runtime=daraja.runtime,
            store=store,
            places=places,
            accept=accept,
            match=match,
            on_success=on_received,
            hooks=hooks,
        )

    @property
    def store(self) -> ReceiptStore:
        """The store of the receipts."""
        return self._store

    # --------------------------------------------------------------------------------------------- Safaricom's calls

    @property
    def addresses(self) -> Addresses:
        """The addresses to register, which are ``receipts/`` and a signed token below ``callback_url`` of the settings.

        Raises:
            ConfigurationError: If the settings have no ``registered_secret``.
        """
        return addresses_of(self._policy)

    @hide_locals
    def register(self, *, unanswered: Unanswered = "Completed", version: C2bVersion = "v2") -> Registered:
        """Register the addresses with Safaricom. A second call is harmless.

        In production a shortcode is registered once, and only two users of the portal can delete it. Nobody can ask
        which addresses are registered: if it says ``already`` and no confirmation comes, they are somebody else's.
        With *pull*, it registers the shortcode for Pull as well.

        Args:
            unanswered: ``Completed`` or ``Cancelled``: what happens to a payment if its validation is not answered.
            version: ``v1`` if your app has no other.

        Returns:
            Whether addresses were registered before.

        Raises:
            ConfigurationError: If the settings have no ``registered_secret``, or no ``pull_number`` for Pull.
            NotSent: If nothing left this machine. Try again.
            OutcomeUnknown: If no answer came. A second call is harmless.
            ApiError: If Daraja refused.
            UnexpectedResponse: If the answer cannot be read. Try again later.

        Source:
            Daraja, CustomerToBusinessRegisterURL; PullTransaction.
        """
        return self._run(register(unanswered, version, self._policy))

    @hide_locals
    def receive(
        self, body: bytes | str | Mapping[str, object], /, *, token: str | None = None, remote_ip: str = ""
    ) -> Reply[Receipt]:
        """Answer any request of Safaricom to an address below ``receipts/``: the token tells its kind.

        Args:
            body: The body of the request, as bytes if you have them, or the parsed JSON.
            token: The last segment of the requested path, or the whole path. None for an address without a token, where
                anybody can send: a confirmation there is a lead.
            remote_ip: The address of the caller; see ``client_ip``.

        Returns:
            The reply with ``status_code`` and ``body``, and what changed, if anything did.

        Raises:
            InvalidInput: If an argument has a wrong type. No request can cause this.
        """
        return self._run(receive(read_request(body, token, remote_ip), token, remote_ip or "", self._policy))

    @hide_locals
    def validate(
        self, body: bytes | str | Mapping[str, object], /, *, token: str | None = None, remote_ip: str = ""
    ) -> Reply[Receipt]:
        """Answer the question whether a payment is welcome. A fault of ours accepts it.

        A mistyped account number is refused without your rule: it has a wrong check digit, and is one slip away from
        an account that is expected. A payment that the checkout has just asked for is welcome.

        Args:
            body: See ``receive``, like the others.
            token: As above. Without the right one, the payment is accepted and your rule is not asked.
            remote_ip: As above.

        Raises:
            InvalidInput: If an argument has a wrong type. No request can cause this.
        """
        return self._run(validate(read_request(body, token, remote_ip), token, remote_ip or "", self._policy))

    @hide_locals
    def confirm(
        self, body: bytes | str | Mapping[str, object], /, *, token: str | None = None, remote_ip: str = ""
    ) -> Reply[Receipt]:
        """Store a confirmation, then book and match it. The money has moved, so the answer is never no.

        Args:
            body: See ``receive``, like the others. Bill Manager's messages are read, too.
            token: As above. Without the right one, the confirmation is a lead: it is believed once Pull, a status query
                or a statement has the payment.
            remote_ip: As above.

        Returns:
            The reply with status 200, or 503 if it could not be stored, and what changed.

        Raises:
            InvalidInput: If an argument has a wrong type. No request can cause this.
        """
        return self._run(confirm(read_request(body, token, remote_ip), token, remote_ip or "", self._policy))

    # -------------------------------------------------------------------------------------------------- expectations

    @hide_locals
    def expect(
        self,
        *,
        amount: int | Decimal,
        order: str | None = None,
        reference: str | None = None,
        metadata: Mapping[str, Any] | None = None,  # Any: whatever JSON can hold
    ) -> Expectation:
        """Expect money under an account number that the customer types. The same order gives the same expectation.

        Args:
            amount: Whole KES. Less is part paid, and more is excess.
            order: Your own id of the order, 1 to 200 characters.
            reference: The account, 1 to 12 characters. Without it, an account number of 8 digits is drawn; its last
                digit is a check digit.
            metadata: Your own data that JSON can hold, at most 16 KiB; dates, decimals and UUIDs become text.

        Returns:
            The expectation, with what has come in for it.

        Raises:
            InvalidInput: If an argument is wrong, or the reference or the order is taken for something else.
        """
        return self._run(Expect(amount=amount, order=order, reference=reference, metadata=metadata).flow(self._policy))

    @hide_locals
    def offer(self, order: Order, /, *, amount: int | Decimal) -> Expectation | None:
        """Return the expectation to show to a customer whose prompt failed, so that they can pay by hand.

        Show the pay bill (``account.shortcode``), the account number (``reference``) and the amount (``due``).

        Args:
            order: The order, as ``Checkout.order`` returned it.
            amount: Whole KES that pay it.

        Returns:
            What is expected; None while the customer must not pay by hand (see ``Order.may_pay_by_hand``), at a till,
            and without a ``registered_secret``, as no payment could be told to an order there.

        Raises:
            InvalidInput: If another amount is expected for this order already.
        """
        return self._run(offer(order, amount, self._policy))

    @hide_locals
    def expectation(self, reference: str, /) -> Expectation | None:
        """Return the expectation of a reference, with the money that has come in; None if there is none.

        Args:
            reference: The account, in any spelling: case, blanks and punctuation make no difference.
        """
        return self._run(read_expectation(reference, self._policy))

    @hide_locals
    def receipt(self, number: str, /) -> Receipt:
        """Return a receipt by M-Pesa's receipt number.

        Args:
            number: The receipt number.

        Raises:
            InvalidInput: If no such receipt is stored.
        """
        return self._run(known_receipt(number, self._policy))

    # ---------------------------------------------------------------------------------------- decisions of a person

    @hide_locals
    def unmatched(self, *, limit: int = 100) -> Sequence[Unmatched]:
        """List the money whose purpose is not known, the oldest first, with suggestions.

        Args:
            limit: The highest number of receipts that are looked through.
        """
        return self._run(list_unmatched(limit, self._policy))

    @hide_locals
    def suggestions(self, number: str, /) -> Sequence[Suggestion]:
        """Return the orders and expectations that a receipt may pay, the likeliest first. They are only suggestions.

        Args:
            number: The receipt number.

        Raises:
            InvalidInput: If no such receipt is stored.
        """
        return self._run(suggest(number, self._policy))

    @hide_locals
    def assign(
        self, number: str, /, *, reference: str | None = None, order: str | None = None, by: str, note: str
    ) -> Transition[Receipt]:
        """Store a person's decision about the purpose of a receipt. It then counts as if it had matched by itself.

        Args:
            number: The receipt number.
            reference: The account of an expectation; or
            order: Your own id of an order.
            by: The person who decided.
            note: The reason, 1 to 1,000 characters.

        Raises:
            InvalidInput: If an argument is wrong, or the receipt is matched to something else already.
        """
        return self._run(assign(number, self._policy, reference=reference, order=order, by=by, note=note))

    @hide_locals
    def dismiss(self, number: str, /, *, by: str, note: str) -> Transition[Receipt]:
        """Store a person's decision that a receipt counts for nothing, such as money that was sent back.

        The payment of a prompt whose money the receipt is stays as it is: decide about it with ``checkout.resolve``.

        Args:
            number: The receipt number.
            by: The person who decided.
            note: The reason, 1 to 1,000 characters.

        Raises:
            InvalidInput: If an argument is wrong, or no such receipt is stored.
        """
        return self._run(dismiss(number, self._policy, by=by, note=note))

    @hide_locals
    def dismiss_callback(self, callback_id: str, /, *, note: str) -> None:
        """Close a stored confirmation that ``reconcile`` reported among its leads, after a person has looked at it.

        Args:
            callback_id: Its id from the report.
            note: The reason, 1 to 1,000 characters.

        Raises:
            InvalidInput: If *note* is empty, or no unprocessed confirmation has this id.
        """
        return self._run(resolve.dismiss(callback_id, note, self._policy))

    @hide_locals
    def purge_callbacks(self, older_than: timedelta, /) -> int:
        """Delete the bodies of old confirmations, which contain customers' names, and return how many were deleted.

        Those that are not processed stay, and those of receipts that a person has to look at.

        Args:
            older_than: The minimum age, for example ``timedelta(days=90)``.

        Raises:
            InvalidInput: If *older_than* is not a length of time.
        """
        return self._run(resolve.purge(older_than, self._policy))

    # ------------------------------------------------------------------------------------------------ missed payments

    @hide_locals
    def sweep(self, *, since: datetime | None = None, until: datetime | None = None) -> Sweep:
        """Book every payment that Pull has for a time, by default the last 48 hours. A second sweep changes nothing.

        Args:
            since: The beginning, a time with a zone, at most 48 hours before the end.
            until: The end; by default now.

        Raises:
            InvalidInput: If a time is wrong; nothing was sent.
            NotSent: If nothing left this machine. Try again, as after the errors below.
            OutcomeUnknown: If no answer came.
            ApiError: If Daraja refused.
            UnexpectedResponse: If the answer cannot be read.

        Source:
            Daraja, PullTransaction.
        """
        return self._run(sweep(since, until, self._policy))

    @hide_locals
    def settle(self, statement: Statement, /) -> Settlement:
        """Book payments by an account statement, and mark the ones that were sent back. A second run changes nothing.

        Args:
            statement: What ``read_statement`` returned.

        Raises:
            InvalidInput: If it is of another shortcode, or its shortcode is not known.
        """
        return self._run(settle_receipts(statement, self._policy))

    @hide_locals
    def reconcile(self, *, limit: int = 100) -> ReceiptReport:
        """Look after all receipts; run it about every minute, on any number of machines.

        It books confirmations that a crash left over, pulls if *pull* is on, looks once more for what unmatched money
        is for, asks about a few leads if the settings have an initiator, and calls ``on_received`` again if it
        failed.

        Args:
            limit: The maximum number of receipts that are checked in this run.

        Returns:
            Counts, and what a person must look at.

        Raises:
            InvalidInput: If *limit* is not a whole number from 0.
        """
        return self._run(reconcile_receipts(limit, self._policy))

    def _run(self, flow: Flow[T]) -> T:
        return run(flow, self._runtime)


def make_receipt_policy(
    policy: Policy[Receipt],
    checkout: Policy[Payment] | None,
    accept: object,
    match: object,
    /,
    *,
    pull: bool,
    low_float: int,
    awaits: bool,
) -> ReceiptPolicy:
    """Check the other parts of ``Receipts``, and return its policy.

    Raises:
        ConfigurationError: If a rule is no function, *low_float* no amount, or the checkout is of another business.
    """
    faults: dict[str, object] = {
        "accept": value_or_fault(check_hook, accept, awaits=awaits),
        "match": value_or_fault(check_hook, match, awaits=awaits),
        "checkout": value_or_fault(_check_same, policy, checkout),
        "low_float": fields.whole_number(low_float, lowest=0, highest=_HIGHEST),
    }
    raise_faults(faults, ConfigurationError)
    known = attrs.asdict(policy, recurse=False)
    known["placing"] = partial(place_receipt, joined=checkout is not None)
    known["placed"] = None if checkout is None else placed_receipt
    return ReceiptPolicy(
        **known,
        checkout=checkout,
        pull=pull,
        accepts=accept is not None,
        matches=match is not None,
        low_float=low_float,
    )


def _check_same(policy: Policy[Receipt], checkout: Policy[Payment] | None) -> None:
    if checkout is not None and checkout.account != policy.account:
        raise ValueError(f"is of {checkout.account.words}, and these receipts are of {policy.account.words}")
