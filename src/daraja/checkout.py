"""The checkout: payments are stored, prompted once, reconciled and fulfilled once."""

from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, TypeVar

import attrs

from daraja.api.stk.push import StkPush
from daraja.client import Daraja
from daraja.fields import raise_faults, value_or_fault
from daraja.http.flow import Flow, Now
from daraja.http.json_body import read_request
from daraja.lifecycle import check_status, resolve
from daraja.lifecycle.callbacks import Reply, receive_callback
from daraja.lifecycle.policy import Policy, make_policy
from daraja.lifecycle.reconcile import Report, reconcile
from daraja.lifecycle.transitions import Transition
from daraja.payments.charge import Start, check_order, make_charge, read_order, refresh_order
from daraja.payments.may_retry import MayRetry, may_retry
from daraja.payments.model import Payment, PaymentStore
from daraja.payments.order import Order
from daraja.runtime.base import RecordRuntime, run
from daraja.values.secret import hide_locals

if TYPE_CHECKING:
    from daraja.inbound.expectation import ReceiptStore
    from daraja.inbound.settle import Settlement
    from daraja.inbound.statement import Statement

T = TypeVar("T")


class Checkout:
    """Takes payments for one pay bill or till. Make one per process and share it between threads.

    >>> from daraja import Checkout, Config, Daraja
    >>> from daraja.stores import MemoryStore
    >>> checkout = Checkout(Daraja(Config.from_env()), MemoryStore())  # doctest: +SKIP
    >>> payment = checkout.start(phone="0712345678", amount=500, reference="ORD-2025-001")  # doctest: +SKIP

    Args:
        daraja: The client. Its settings name the business that is paid.
        store: The store of the payments. Several pay bills and environments may share one; each sees only its own.
        confirm: Whether a callback that says paid counts only after a query says the same. The signed address already
            makes callbacks trustworthy; this is for shops that prefer to wait.
        on_success: Called with each paid payment at least once; after a crash it may be called again. For exactly
            once, fulfil inside the store's own transaction instead (``SqlStore(url, on_success=...)``). Give the same
            function to every process of the shop, also to the one that reconciles.
        on_refund_due: Called with each payment of an order that another payment had paid already, at least once. Such a
            payment is not passed to *on_success*: give the money back.
        receipts: The store of the receipts, if the shop books what customers pay by hand (``Receipts``). An order that
            was paid by hand is then paid, and ``charge`` asks nobody for it.
        senders: The only addresses whose callbacks are trusted, such as ``SAFARICOM_ADDRESSES``; None trusts any. A
            callback from another address is stored, and Daraja is queried instead. Pass ``remote_ip`` to ``receive``.

    Raises:
        ConfigurationError: If an argument has a wrong type, or *senders* contains a text that is not an address.
    """

    def __init__(
        self,
        daraja: Daraja,
        store: PaymentStore,
        *,
        confirm: bool = False,
        on_success: Callable[[Payment], object] | None = None,
        on_refund_due: Callable[[Payment], object] | None = None,
        receipts: "ReceiptStore | None" = None,
        senders: Iterable[str] | None = None,
    ) -> None:
        hooks = {"on_refund_due": on_refund_due}
        policy = make_policy(
            Payment,
            daraja,
            store,
            on_success,
            hooks=hooks,
            confirm=confirm,
            senders=senders,
            client=Daraja,
            protocol=PaymentStore,
            awaits=False,
        )
        self._store: Final = store
        runtime = RecordRuntime(runtime=daraja.runtime, store=store, on_success=on_success, hooks=hooks)
        if receipts is not None:
            from daraja.inbound.paid_twice import joined  # noqa: PLC0415 - not every shop keeps receipts

            policy = joined(policy)
            theirs = RecordRuntime(runtime=daraja.runtime, store=receipts)
            runtime = attrs.evolve(runtime, places={"receipts": theirs})
        self._policy: Final = policy
        self._runtime: Final = runtime

    @property
    def store(self) -> PaymentStore:
        """The store of the payments."""
        return self._store

    @hide_locals
    def charge(
        self,
        *,
        order: str,
        phone: str,
        amount: int | Decimal,
        reference: str | None = None,
        description: str = "Payment",
        metadata: Mapping[str, Any] | None = None,  # Any: whatever JSON can hold
    ) -> Payment:
        """Ask a phone to pay an order, unless an attempt of the order is open, in doubt or paid.

        Otherwise it returns that attempt and asks nobody, so a double click gets the same payment, on any number of
        machines. Attempts are numbered, and the store keeps at most one of an order open. It ends within 20 seconds.

        Do not call it inside your own database transaction: the stored payment must survive a later rollback.

        Args:
            order: Your own id of the order, 1 to 200 characters.
            phone: The phone that gets the prompt, a Kenyan mobile number in any usual form.
            amount: Whole KES, an ``int`` or a whole ``Decimal``, from 1 to the configured maximum (250,000).
            reference: The account reference that the customer sees, 1 to 12 characters. Without it, it is the order
                if that fits, else ``short_reference(order)``.
            description: 1 to 13 letters, digits, spaces and ``- _ . /``.
            metadata: Your own data that JSON can hold, at most 16 KiB; dates, decimals and UUIDs become text. It is
                stored with the attempt and never sent.

        Returns:
            The payment to show, which is the new attempt, the one that is open or in doubt, or the one that paid. A
            paid order stays paid, also if you ask for another phone or amount; ask for more money under another order.

        Raises:
            InvalidInput: If an argument is wrong, or the amount is more than the rest after a part was paid by hand;
                nothing was stored or sent. Correct the arguments that it names.
            PaidByHand: If the order was paid by hand. Nobody was prompted; show ``order(...)``.
            AttemptOpen: If another phone, amount or till is asked for this order now. Wait until ``error.ends_at``.
            TooEarly: If nobody was charged, and a new prompt has to wait until ``error.not_before``.
            NotSent: If nothing was sent. Nobody was prompted; charge the order again.
            ApiError: If Daraja refused. Nobody was prompted; its class says what to correct, or whether to wait.
            UnexpectedResponse: If no access token could be read. Nobody was prompted; try again later.
            RecordUnreadable: If an attempt or a receipt of the order cannot be read. Nobody was prompted.

        ``error.payment`` is the attempt that each of them is about.

        Source:
            Daraja, MpesaExpressSimulate.
        """
        charge = make_charge(
            order=order, phone=phone, amount=amount, reference=reference, description=description, metadata=metadata
        )
        charge.push.check(self._policy.config)
        return self._run(charge.flow(self._policy))

    @hide_locals
    def order(self, order: str, /, *, refresh: bool = False) -> Order:
        """Return an order with all its attempts and all money paid by hand, as it is stored.

        Args:
            order: Your own id of the order. One that nobody was asked to pay has no attempts.
            refresh: Whether Daraja is asked first, if a check of its ``payment`` is due. If Daraja does not answer, the
                order is returned as it is stored.

        Raises:
            InvalidInput: If it is no id of an order.
            RecordUnreadable: If one of its attempts or receipts cannot be read.
        """
        name = value_or_fault(check_order, order)
        raise_faults({"order": name})
        return self._run((refresh_order if refresh else read_order)(name, self._policy))

    @hide_locals
    def start(
        self,
        *,
        phone: str,
        amount: int | Decimal,
        reference: str,
        description: str = "Payment",
        idempotency_key: str | None = None,
        metadata: Mapping[str, Any] | None = None,  # Any: whatever JSON can hold
    ) -> Payment:
        """Store a payment, then send one prompt to the customer's phone. Ends within 20 seconds.

        It is one attempt without an order: ``charge`` is simpler if one order may be paid by several attempts.

        Do not call it inside your own database transaction: the stored payment must survive a later rollback.

        Args:
            phone: The phone that gets the prompt, a Kenyan mobile number in any usual form.
            amount: Whole KES, an ``int`` or a whole ``Decimal``, from 1 to the configured maximum (250,000).
            reference: The account reference that the customer sees: 1 to 12 letters, digits, spaces and ``- _ . /``.
            description: 1 to 13 characters of the same kind.
            idempotency_key: Your own name for this attempt, 1 to 200 characters. A second call with the same key and
                content prompts nobody. A new attempt needs a new key.
            metadata: Your own data that JSON can hold, at most 16 KiB; dates, decimals and UUIDs become text. It is
                stored and never sent.

        Returns:
            The payment. It is ``initiated`` if Daraja accepted it, or ``pending`` if a prompt may be on the phone. In
            both cases wait, because the callback or ``reconcile`` brings the result.

        Raises:
            InvalidInput: If an argument is wrong; nothing was stored or sent. Correct the arguments that it names.
            NotSent: If nothing was sent. Nobody was prompted; a new attempt is safe.
            ApiError: If Daraja refused. Nobody was prompted; its class says what to correct, or whether to wait.
            UnexpectedResponse: If no access token could be read. Nobody was prompted; try again later.
            DuplicatePayment: If the idempotency key was used for a payment with other content. Use a new key.

        ``error.payment`` is the stored payment, which failed; after ``DuplicatePayment`` it is the other payment.

        Source:
            Daraja, MpesaExpressSimulate.
        """
        push = value_or_fault(StkPush, phone=phone, amount=amount, reference=reference, description=description)
        start = Start(push=push, idempotency_key=idempotency_key, metadata=metadata)
        start.push.check(self._policy.config)
        return self._run(start.flow(self._policy))

    @hide_locals
    def receive(
        self, body: bytes | str | Mapping[str, object], /, *, token: str | None = None, remote_ip: str = ""
    ) -> Reply[Payment]:
        """Store a callback, verify it and apply it to its payment. It sends no request to Daraja, so it is fast.

        Args:
            body: The body of the request, as bytes if you have them, or the parsed JSON.
            token: The last segment of the requested path, or the whole path. None for an address without a token: its
                callbacks prove nothing, so they are stored, and Daraja is queried.
            remote_ip: The address of the caller; see ``daraja.lifecycle.source_ip.client_ip``.

        Returns:
            The reply, with status 200 if the body is stored, 404 if the token is not signed by us, and 503 if the body
            could not be stored; and the transition of the payment, if it changed.

        Raises:
            InvalidInput: If *body*, *token* or *remote_ip* has a wrong type. No request can cause this.
        """
        content = read_request(body, token, remote_ip)
        return self._run(receive_callback(content, token, remote_ip or "", self._policy))

    @hide_locals
    def payment(self, key: str, /) -> Payment:
        """Return a payment as it is stored, without a query.

        Args:
            key: The payment's key; store it with your order.

        Raises:
            UnknownPayment: If there is no such payment.
        """
        return self._run(check_status.load(key, self._policy))

    @hide_locals
    def refresh(
        self, key: str, /, *, if_due: bool = False, checkout_request_id: str | None = None
    ) -> Transition[Payment]:
        """Query Daraja now for the result of a payment.

        Args:
            key: The payment's key.
            if_due: Whether to query only if a check is due. Use it for a button that customers may press many times:
                one of many simultaneous calls queries, and the next one when a check is due again.
            checkout_request_id: Daraja's id of the payment, if the store failed when Daraja gave it. It is on the
                payment that ``start`` returned.

        Returns:
            The payment before and after. ``became_success`` is True for one caller only.

        Raises:
            InvalidInput: If *checkout_request_id* is no id; nothing was written or sent.
            UnknownPayment: If there is no such payment.
            NotSent: If Daraja was not reached; query again later, as after the errors below.
            OutcomeUnknown: If no answer came.
            ApiError: If Daraja refused the query, most often ``RateLimited``.
            UnexpectedResponse: If the answer cannot be read.

        Source:
            Daraja, MpesaExpressQuery.
        """
        flow = check_status.refresh(key, self._policy, if_due=if_due, named=checkout_request_id)
        return self._run(flow)

    @hide_locals
    def reconcile(self, *, limit: int = 100, progress: Callable[[Report], object] | None = None) -> Report:
        """Look after all open payments; run it about every minute, on any number of machines.

        It processes callbacks that a crash left over, queries Daraja about due payments, and calls ``on_success`` for
        successes without a delivery. Runs may overlap, stop at any point and start again.

        Args:
            limit: The maximum number of payments in this run.
            progress: Called with the report so far, after each payment.

        Returns:
            Counts, and the keys that a person must look at.

        Raises:
            InvalidInput: If *limit* is not a whole number from 0, or *progress* no function.
        """
        return self._run(reconcile(limit, self._policy), self._runtime.showing(progress))

    @hide_locals
    def wait(self, key: str, /, *, timeout: float = 120) -> Payment:
        """Wait until a payment is decided, and query Daraja when a check is due. For scripts, not for web requests.

        Args:
            key: The payment's key.
            timeout: The maximum waiting time in seconds.

        Returns:
            The payment at the end, decided or not.

        Raises:
            InvalidInput: If *timeout* is not a number of seconds.
            UnknownPayment: If there is no such payment.
        """
        return self._run(check_status.wait(key, timeout, self._policy))

    @hide_locals
    def may_retry(self, key: str, /) -> MayRetry:
        """Return whether this attempt certainly charged nobody, so a new one is safe, with the reason.

        It judges only this attempt. ``order(...).may_charge`` judges all attempts of an order.

        Args:
            key: The key of the last attempt.

        Raises:
            UnknownPayment: If there is no such payment.
        """

        def decide() -> Flow[MayRetry]:
            payment = yield from check_status.load(key, self._policy)
            return may_retry(payment, (yield from Now()))

        return self._run(decide())

    @hide_locals
    def resolve(
        self, key: str, /, *, paid: bool, note: str, by: str, receipt: str | None = None
    ) -> Transition[Payment]:
        """Store a person's decision after a look at the statement, beside the evidence.

        Args:
            key: The payment's key.
            paid: Whether the money is there and the payment counts.
            note: The reason, 1 to 1,000 characters.
            by: The person who decided.
            receipt: The M-Pesa receipt number on the statement, if it was paid. One receipt pays once.

        Raises:
            InvalidInput: If *note* or *by* is empty, or *receipt* is not a receipt, is not the one from M-Pesa, or
                already pays another payment or counts as paid by hand.
            UnknownPayment: If there is no such payment.
        """
        from daraja.inbound.settle import resolve_payment  # noqa: PLC0415 - most processes of a shop resolve nothing

        return self._run(resolve_payment(key, self._policy, paid=paid, note=note, by=by, receipt=receipt))

    @hide_locals
    def settle(self, statement: "Statement", /, *, by: str) -> "Settlement":
        """Decide ``unconfirmed`` payments by an account statement, row by row, as ``resolve`` does by hand.

        A payment is paid if exactly one row fits it: the account, the amount, the time within ten minutes, and a payer
        who does not contradict. It is unpaid if the statement covers the whole time, has no row of that amount that
        nobody can explain, and has another payment of this shop. All others are left as they are. The same statement
        again changes nothing.

        Args:
            statement: What ``read_statement`` returned.
            by: The person who exported it.

        Raises:
            InvalidInput: If it is of another shortcode, its shortcode is not known, or *by* is blank.
        """
        from daraja.inbound.settle import settle_payments  # noqa: PLC0415 - most processes of a shop settle nothing

        return self._run(settle_payments(statement, by, self._policy))

    @hide_locals
    def dismiss(self, callback_id: str, /, *, note: str) -> None:
        """Close a callback that ``reconcile`` reported as unmatched, after a person has looked at it.

        Args:
            callback_id: Its id from the report.
            note: The reason, 1 to 1,000 characters.

        Raises:
            InvalidInput: If *note* is empty, or no unprocessed callback has this id.
        """
        return self._run(resolve.dismiss(callback_id, note, self._policy))

    @hide_locals
    def dismiss_all(self, older_than: timedelta, /, *, note: str) -> int:
        """Close all unmatched callbacks of this age that came to an address without a signature.

        Anybody can send such callbacks. After seven days they are no longer listed, also without this call.

        Args:
            older_than: The minimum age, for example ``timedelta(hours=1)``.
            note: The reason, 1 to 1,000 characters.

        Returns:
            The number of closed callbacks.

        Raises:
            InvalidInput: If *note* is empty, or *older_than* is not a length of time.
        """
        return self._run(resolve.dismiss_all(older_than, note, self._policy))

    @hide_locals
    def purge_callbacks(self, older_than: timedelta, /) -> int:
        """Delete the bodies of old callbacks, which contain customers' numbers, and return how many were deleted.

        Unprocessed and unmatched callbacks stay. Callbacks at the signed address of a payment that a person has to
        look at stay, too.

        Args:
            older_than: The minimum age, for example ``timedelta(days=90)``.

        Raises:
            InvalidInput: If *older_than* is not a length of time.
        """
        return self._run(resolve.purge(older_than, self._policy))

    def _run(self, flow: Flow[T], runtime: RecordRuntime | None = None) -> T:
        return run(flow, self._runtime if runtime is None else runtime)


def parts_of(checkout: Checkout | None, /) -> tuple[Policy[Payment] | None, Mapping[str, RecordRuntime]]:
    """Return the policy and the runtime of a checkout, for the receipts that are joined with it."""
    if checkout is None:
        return None, {}
    policy, runtime = checkout._policy, checkout._runtime  # noqa: SLF001 # pyright: ignore[reportPrivateUsage] - ours
    return policy, {"checkout": runtime}
