"""The checkout: payments that are written down, asked for once, heard of, looked after and fulfilled once."""

from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any, Final, TypeVar

import attrs

from daraja.api.stk.push import StkPush
from daraja.client import Daraja
from daraja.errors import InvalidInput
from daraja.http.flow import Flow, Now
from daraja.lifecycle import check_status, resolve
from daraja.lifecycle.callbacks import Reply, bytes_of, receive_callback
from daraja.lifecycle.policy import make_policy
from daraja.lifecycle.reconcile import Report, reconcile
from daraja.lifecycle.transitions import Transition
from daraja.payments.may_retry import MayRetry, may_retry
from daraja.payments.model import Payment, PaymentStore
from daraja.payments.start import Start
from daraja.privacy import hide_locals
from daraja.runtime.base import run
from daraja.runtime.records import RecordRuntime
from daraja.validation import value_or_fault

__all__ = ["Checkout"]

T = TypeVar("T")


class Checkout:
    """Takes payments for one pay bill or till. Make one per process and share it between threads.

    >>> from daraja import Checkout, Config, Daraja
    >>> from daraja.stores import MemoryStore
    >>> checkout = Checkout(Daraja(Config.from_env()), MemoryStore())  # doctest: +SKIP
    >>> payment = checkout.start(phone="0712345678", amount=500, reference="ORD-2025-001")  # doctest: +SKIP

    Args:
        daraja: The client, whose settings say who is paid.
        store: Where payments are kept. Several pay bills and environments may share one, and see only their own.
        confirm: Whether a callback that says paid waits until a query says so too. The signed address makes callbacks
            trustworthy already; this is for shops that would rather wait than trust it.
        on_success: Called with each payment that was paid: at least once, so again after a crash. For exactly once,
            fulfil inside the store's own transaction instead (``SqlStore(url, on_success=...)``). Give every process
            of the shop the same one, the one that reconciles too.
        senders: The only addresses whose callbacks are believed, such as ``SAFARICOM_ADDRESSES``; None for any. From
            elsewhere they are kept, and Daraja is asked instead. Hand ``remote_ip`` to ``receive`` then.

    Raises:
        ConfigurationError: If an argument is of a wrong kind, or *senders* holds what is no address.
    """

    def __init__(
        self,
        daraja: Daraja,
        store: PaymentStore,
        *,
        confirm: bool = False,
        on_success: Callable[[Payment], object] | None = None,
        senders: Iterable[str] | None = None,
    ) -> None:
        self._policy: Final = make_policy(
            Payment, daraja, store, on_success, confirm=confirm, senders=senders, client=Daraja, awaits=False
        )
        self._store: Final = store
        runtime = RecordRuntime(runtime=daraja.runtime, store=store)
        self._runtime: Final = runtime if on_success is None else attrs.evolve(runtime, on_success=on_success)

    @property
    def store(self) -> PaymentStore:
        """Where payments are kept."""
        return self._store

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
        """Write a payment down, then ask the customer's phone for it once. Ends within 20 seconds.

        Do not call it inside a database transaction of yours: what it writes down has to last, whatever comes after.

        Args:
            phone: The phone that gets the prompt, a Kenyan mobile number in any usual form.
            amount: Whole KES, an ``int`` or a whole ``Decimal``, from 1 to the configured maximum (250,000).
            reference: The account reference that the customer sees: 1 to 12 letters, digits, spaces and ``- _ . /``.
            description: 1 to 13 characters of the same kind.
            idempotency_key: Your own name for this attempt, 1 to 200 characters: repeated with the same content it asks
                nobody again. A new attempt takes a new one.
            metadata: Your own notes, what JSON can hold: stored and never sent, 16 KiB at most.

        Returns:
            The payment, ``initiated`` where Daraja has accepted it, ``pending`` where a prompt may be on the phone. In
            both cases wait: the callback or ``reconcile`` will tell.

        Raises:
            InvalidInput: If an argument is wrong; nothing was written or sent. Mend what it names.
            NotSent: If nothing left this machine. Nobody was asked; a new attempt is safe.
            ApiError: If Daraja refused. Nobody was asked; its class says what to mend, or that it passes with time.
            UnexpectedResponse: If no access token could be read. Nobody was asked; try again later.
            DuplicatePayment: If the idempotency key was used for a payment with other content. Take a new one.

        ``error.payment`` is the payment as it was written down, which failed; after ``DuplicatePayment`` the other one.

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
        """Take in a callback: keep it, doubt it, let its payment hear it. Never talks to Daraja, so it is fast.

        Args:
            body: The body of the request, as bytes if you have them; or what a JSON parser made of it.
            token: The last segment of the path that was called, or the whole path; None for an address without one,
                whose callbacks prove nothing: they are kept, and Daraja is asked.
            remote_ip: Who called; see ``daraja.lifecycle.source_ip.client_ip``.

        Returns:
            What to answer, which is 200 once the body is kept, 404 where the token was not signed by us, and 503 where
            nothing could be written; and the transition of the payment, if it heard anything.

        Raises:
            InvalidInput: If *body*, *token* or *remote_ip* is of a wrong type, which no request can cause.
        """
        content = bytes_of(body)
        wrong: dict[str, object] = {} if content is not None else {"body": body}
        wrong |= {name: text for name, text in (("token", token), ("remote_ip", remote_ip)) if not _is_text(text)}
        if content is None or wrong:
            raise InvalidInput(
                {name: f"has the type {type(it).__name__}, which no request brings" for name, it in wrong.items()}
            )
        return self._run(receive_callback(content, token, remote_ip or "", self._policy))

    @hide_locals
    def payment(self, key: str, /) -> Payment:
        """Give a payment as it is written down, without asking anybody.

        Args:
            key: The payment's key; keep it with your order.

        Raises:
            UnknownPayment: If there is no such payment.
        """
        return self._run(check_status.known(key, self._policy))

    @hide_locals
    def refresh(
        self, key: str, /, *, if_due: bool = False, checkout_request_id: str | None = None
    ) -> Transition[Payment]:
        """Ask Daraja now what became of a payment.

        Args:
            key: The payment's key.
            if_due: Whether to ask only where a check is due, as for a customer who may press a button as often as
                they like: of many who do at the same time one asks, and the next one when that is due again.
            checkout_request_id: Daraja's id of the payment, if the store failed when Daraja gave it. It is on the
                payment that ``start`` returned.

        Returns:
            The payment before and after. ``became_success`` is True for one caller only.

        Raises:
            UnknownPayment: If there is no such payment.
            NotSent: If Daraja was not reached; ask again later, as with those below.
            OutcomeUnknown: If no answer came.
            ApiError: If Daraja refused the question, ``RateLimited`` above all.
            UnexpectedResponse: If the answer cannot be read.

        Source:
            Daraja, MpesaExpressQuery.
        """
        flow = check_status.refresh(key, self._policy, if_due=if_due, named=checkout_request_id)
        return self._run(flow)

    @hide_locals
    def reconcile(self, *, limit: int = 100, progress: Callable[[Report], object] | None = None) -> Report:
        """Look after everything that is open; run it every minute or so, on as many machines as you like.

        Callbacks that a crash left over are heard, what is due is asked about, successes that nobody was told of are
        told. Runs may overlap, be stopped at any point and start again.

        Args:
            limit: How many payments to look after at the most.
            progress: Called with the report so far, after each payment.

        Returns:
            Counts, and the keys that a person must look at.

        Raises:
            InvalidInput: If *limit* is no whole number from 0.
        """
        runtime = self._runtime if progress is None else attrs.evolve(self._runtime, progress=progress)
        return self._run(reconcile(limit, self._policy), runtime)

    @hide_locals
    def wait(self, key: str, /, *, timeout: float = 120) -> Payment:
        """Wait until a payment is decided, asking Daraja whenever a check is due; for scripts, not for web requests.

        Args:
            key: The payment's key.
            timeout: Seconds to wait at the most.

        Returns:
            The payment as it is then, decided or not.

        Raises:
            InvalidInput: If *timeout* is no number of seconds.
            UnknownPayment: If there is no such payment.
        """
        return self._run(check_status.wait(key, timeout, self._policy))

    @hide_locals
    def may_retry(self, key: str, /) -> MayRetry:
        """Tell whether this attempt is known to have charged nobody, so that a new one is safe, and why.

        Only this attempt is judged: another one of the same order that is still open is yours to ask about too.

        Args:
            key: The key of the attempt before.

        Raises:
            UnknownPayment: If there is no such payment.
        """

        def decide() -> Flow[MayRetry]:
            payment = yield from check_status.known(key, self._policy)
            return may_retry(payment, (yield from Now()))

        return self._run(decide())

    @hide_locals
    def resolve(
        self, key: str, /, *, paid: bool, note: str, by: str, receipt: str | None = None
    ) -> Transition[Payment]:
        """Write down what a person decided after looking at the statement; it stands beside what was heard.

        Args:
            key: The payment's key.
            paid: Whether the money is there and the payment counts.
            note: Why, 1 to 1,000 characters.
            by: Who decided.
            receipt: The M-Pesa receipt number that stands on the statement, if it was paid. One receipt pays once.

        Raises:
            InvalidInput: If *note* or *by* says nothing, or *receipt* is none, is another than M-Pesa's, or has paid
                for another payment already.
            UnknownPayment: If there is no such payment.
        """
        return self._run(resolve.resolve(key, self._policy, paid=paid, note=note, by=by, receipt=receipt))

    @hide_locals
    def dismiss(self, callback_id: str, /, *, note: str) -> None:
        """Put a callback away that ``reconcile`` reported as unmatched, once a person has looked at it.

        Args:
            callback_id: Its id from the report.
            note: What it was, 1 to 1,000 characters.

        Raises:
            InvalidInput: If *note* says nothing, or no callback of that id is left over.
        """
        return self._run(resolve.dismiss(callback_id, note, self._policy))

    @hide_locals
    def dismiss_all(self, older_than: timedelta, /, *, note: str) -> int:
        """Put away all unmatched callbacks of that age that came to an address without a signature.

        Anybody can send those. They are not listed any more after seven days, also without this.

        Args:
            older_than: The age from which on they are put away, for example ``timedelta(hours=1)``.
            note: What they were, 1 to 1,000 characters.

        Returns:
            How many they were.

        Raises:
            InvalidInput: If *note* says nothing, or *older_than* is no length of time.
        """
        return self._run(resolve.dismiss_all(older_than, note, self._policy))

    @hide_locals
    def purge_callbacks(self, older_than: timedelta, /) -> int:
        """Delete the bodies of old callbacks, which hold customers' numbers, and tell how many they were.

        Those that are unprocessed or unmatched stay, and those that came to the signed addresses of payments that a
        person has to look at.

        Args:
            older_than: The age from which on they go, for example ``timedelta(days=90)``.

        Raises:
            InvalidInput: If *older_than* is no length of time.
        """
        return self._run(resolve.purge(older_than, self._policy))

    def _run(self, flow: Flow[T], runtime: RecordRuntime | None = None) -> T:
        return run(flow, self._runtime if runtime is None else runtime)


def _is_text(value: object) -> bool:
    return value is None or isinstance(value, str)
