"""Payouts: money is written down, approved if that is wanted, sent once, and reconciled."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, TypeVar

from daraja.api.initiator import Accepted
from daraja.client import Daraja
from daraja.disbursements import approve, balance, follow_up, refund
from daraja.disbursements.caps import Caps
from daraja.disbursements.may_pay_again import MayPayAgain
from daraja.disbursements.model import Payout, PayoutStore
from daraja.disbursements.pay import Pay, one_receiver
from daraja.disbursements.policy import make_payout_policy
from daraja.disbursements.products import Purpose
from daraja.http.flow import Flow
from daraja.http.json_body import read_request
from daraja.lifecycle import check_status, resolve
from daraja.lifecycle.callbacks import Reply
from daraja.lifecycle.filter import Filter
from daraja.lifecycle.ports import FloatReading, HistoryEntry, Unreadable
from daraja.lifecycle.reconcile import Report, reconcile
from daraja.lifecycle.transitions import Transition
from daraja.payments.model import PaymentStore
from daraja.runtime.base import RecordRuntime, run
from daraja.to import Receiver
from daraja.values.secret import hide_locals

if TYPE_CHECKING:
    from daraja.inbound.expectation import ReceiptStore

T = TypeVar("T")


class Payouts:
    """Pays out from one shortcode. Make one per process and share it between threads.

    >>> from daraja import Caps, Config, Daraja, Payouts
    >>> from daraja.stores import MemoryPayoutStore
    >>> caps = Caps(per_payout=20_000, per_day=100_000, per_recipient_day=20_000)
    >>> payouts = Payouts(Daraja(Config.from_env()), MemoryPayoutStore(), caps=caps)  # doctest: +SKIP
    >>> payouts.pay(phone="0712345678", amount=500, idempotency_key="rider 17, 30 November")  # doctest: +SKIP

    Args:
        daraja: The client. Its settings name the shortcode that pays, the initiator and the address for results, which
            is that of the callbacks if there is no ``results_url``. In production they must say ``payouts="on"``.
        store: The store of the payouts. Several shortcodes and environments may share one; each sees only its own.
        caps: The most that may be paid out. They hold for all processes together.
        approvals: The amount in KES from which a second person has to approve, 1 for every payout; None for none.
        confirm_failures: Whether a failure that a result reports is confirmed by one status query before money may go
            again.
        probe: Whether a payment to a phone whose answer was lost is sent once more under the same id, minutes later.
            Daraja refuses to pay twice for one id, so this finds out whether it had the first request.
        on_paid: Called with each payout that was paid, at least once; after a crash it may be called again.
        on_failed: Called with each payout that surely paid nothing, so that money may go again.
        on_attention: Called with each payout that a person has to look at.
        on_low_float: Called with a ``FloatReading`` if an account that pays holds too little.
        on_balance: Called with the readings of all accounts when a question of ``balance`` is answered.
        low_float: The amount in KES below which a float is low; by default the cap per payout.
        payments: The store of the payments. If it is given, a refund that is paid clears ``refund_due``.
        receipts: The store of the receipts; as above. Money that nobody expected is dismissed once it has gone back.
        senders: The only addresses whose callbacks are trusted, such as ``SAFARICOM_ADDRESSES``; None trusts any. Pass
            ``remote_ip`` to ``receive``.

    ``on_failed``, ``on_attention`` and ``on_low_float`` are called once, right after the change. A process that dies at
    that moment calls nobody; ``reconcile`` lists what needs attention at every run.

    Raises:
        ConfigurationError: If an argument has a wrong type, or *senders* contains a text that is not an address.
    """

    def __init__(
        self,
        daraja: Daraja,
        store: PayoutStore,
        *,
        caps: Caps,
        approvals: int | None = None,
        confirm_failures: bool = True,
        probe: bool = False,
        on_paid: Callable[[Payout], object] | None = None,
        on_failed: Callable[[Payout], object] | None = None,
        on_attention: Callable[[Payout], object] | None = None,
        on_low_float: Callable[[FloatReading], object] | None = None,
        on_balance: Callable[[Sequence[FloatReading]], object] | None = None,
        low_float: int | None = None,
        payments: PaymentStore | None = None,
        receipts: "ReceiptStore | None" = None,
        senders: Iterable[str] | None = None,
    ) -> None:
        hooks: dict[str, Callable[[Any], object] | None] = {  # Any: the argument of each
            "on_failed": on_failed,
            "on_attention": on_attention,
            "on_low_float": on_low_float,
            "on_balance": on_balance,
        }
        places = {
            place: RecordRuntime(runtime=daraja.runtime, store=kept)
            for place, kept in (("checkout", payments), ("receipts", receipts))
            if kept is not None
        }
        self._on_paid: Final = on_paid
        self._policy: Final = make_payout_policy(
            daraja,
            store,
            on_paid,
            hooks,
            caps=caps,
            approvals=approvals,
            confirm_failures=confirm_failures,
            probe=probe,
            low_float=low_float,
            payments=payments,
            receipts=receipts,
            senders=senders,
            client=Daraja,
            awaits=False,
        )
        self._store: Final = store
        self._runtime: Final = RecordRuntime(
            runtime=daraja.runtime, store=store, on_success=self._paid, hooks=hooks, places=places
        )

    @property
    def store(self) -> PayoutStore:
        """The store of the payouts."""
        return self._store

    @hide_locals
    def pay(
        self,
        *,
        amount: int | Decimal,
        idempotency_key: str,
        to: Receiver | None = None,
        phone: str | None = None,
        purpose: Purpose = "business",
        remarks: str = "Payment",
        occasion: str | None = None,
        metadata: Mapping[str, Any] | None = None,  # Any: whatever JSON can hold
        by: str = "",
        again: bool = False,
        instead_of: str | None = None,
        refunds: refund.Refundable | None = None,
    ) -> Payout:
        """Store a payout, then ask Daraja once to pay it. Ends within 20 seconds.

        Do not call it inside your own database transaction: the stored payout must survive a later rollback.

        Args:
            amount: Whole KES, an ``int`` or a whole ``Decimal``, up to the cap per payout. A phone gets 10 to 250,000.
            idempotency_key: Your own name for this debt, 1 to 200 characters. A second call with the same key and
                content sends nothing. A failed payout keeps its key.
            to: Who gets it, a receiver of ``daraja.to``; or give *phone*.
            phone: The phone that gets it as M-Pesa, a Kenyan mobile number in any usual form.
            purpose: ``business``, ``salary`` or ``promotion``, of a payment to a phone. It decides the words of the
                SMS; that of a promotion congratulates.
            remarks: Words for Daraja: 2 to 100 letters, digits, spaces and ``- _ . /``.
            occasion: More words, 1 to 100 characters of the same kind.
            metadata: Your own data that JSON can hold, at most 16 KiB; dates, decimals and UUIDs become text. It is
                stored and never sent.
            by: Who asks for it. A payout that needs approval must name somebody.
            again: Whether the same amount may go to the same receiver a second time on one day in Nairobi.
            instead_of: The key of the failed payout that this one replaces, for the same receiver and amount.
                ``may_pay_again`` has to allow it.
            refunds: The payment that this pays back, if its reversal failed. *to* is the phone that paid.

        Returns:
            The payout. It is ``accepted`` if Daraja accepted it, ``pending`` if it may have, and ``held`` if it waits
            for approval. In all three cases wait; the result comes to ``receive``.

        Raises:
            InvalidInput: If an argument is wrong; nothing was stored or sent. Correct the arguments that it names.
            ConfigurationError: If the settings lack the initiator, or payouts are off; nothing was stored or sent.
            CapReached: If a cap has no room for it; nothing was stored or sent.
            RepeatedPayout: If the same amount went to the same receiver on this day; nothing was stored or sent.
            DuplicatePayout: If the idempotency key was used for a payout with other content. Use a new key.
            NotSent: If nothing was sent. Nothing was paid.
            ApiError: If Daraja refused. Nothing was paid; its class says what to correct, or whether to wait.
            UnexpectedResponse: If no access token could be read. Nothing was paid; try again later.

        ``error.payout`` is the stored payout, which failed; after ``DuplicatePayout`` it is the other payout. To pay
        the same debt after a failure, use a new key and ``instead_of``.

        Source:
            Daraja, BusinessToCustomer, BusinessToPochi, BusinessPayBill, BusinessBuyGoods, B2CAccountTopUp,
            TaxRemittance.
        """
        receiver = one_receiver(to, phone)
        pay = Pay(
            to=receiver,
            amount=amount,
            purpose=purpose,
            remarks=remarks,
            occasion=occasion,
            idempotency_key=idempotency_key,
            metadata=metadata,
            by=by,
            again=again,
            instead_of=instead_of,
            refunded=None if refunds is None else refund.refunded(refunds, receiver, self._policy),
        )
        return self._run(refund.pay_out(pay, self._policy))

    @hide_locals
    def refund(self, payment: refund.Refundable, /, *, reason: str, by: str, phone: str | None = None) -> Payout:
        """Pay a payment back by reversal, the whole amount. A refund that is open or done is returned as it is.

        Args:
            payment: The payment, as ``checkout.payment`` or ``receipts.receipt`` returns it.
            reason: Why it goes back, 1 to 1,000 characters; stored and never sent.
            by: Who asks for it.
            phone: The phone that paid, if M-Pesa shows only a part of its number. It must not contradict that part.

        Returns:
            The refund. If it fails because our account no longer holds the money, ``pay`` takes the same payment as
            ``refunds``.

        Raises:
            InvalidInput: If the payment was not paid, has no receipt, is another account's, or *phone* did not pay it.
            DarajaError: The same errors as those of ``pay``.

        Source:
            Daraja, Reversal.
        """
        return self._run(refund.refund(payment, self._policy, reason=reason, by=by, phone=phone))

    @hide_locals
    def approve(self, key: str, /, *, by: str, fingerprint: str) -> Payout:
        """Approve a held payout, and ask Daraja once to pay it.

        Args:
            key: The payout's key.
            by: Who approves it; nobody approves what they asked for.
            fingerprint: ``payout.fingerprint`` of what this person has seen. It binds receiver, amount and purpose.

        Returns:
            The payout, as ``pay`` returns it.

        Raises:
            InvalidInput: If it is not held, waited for over 24 hours, is of other content, or *by* asked for it.
                Nothing was sent.
            UnknownPayment: If there is no such payout.
            DarajaError: The other errors of ``pay``. After ``CapReached`` it stays held.
        """
        return self._run(approve.approve(key, self._policy, by=by, fingerprint=fingerprint))

    @hide_locals
    def refuse(self, key: str, /, *, by: str, note: str) -> Payout:
        """Refuse a held payout, which is cancelled for good.

        Args:
            key: The payout's key.
            by: Who refuses it.
            note: Why, 1 to 1,000 characters.

        Raises:
            InvalidInput: If it was sent already, or *by* or *note* is empty.
            UnknownPayment: If there is no such payout.
        """
        return self._run(approve.cancel(key, self._policy, by=by, note=note, event="refused"))

    @hide_locals
    def cancel(self, key: str, /, *, by: str, note: str) -> Payout:
        """Cancel a payout that was not sent yet.

        Args:
            key: The payout's key.
            by: Who cancels it.
            note: Why, 1 to 1,000 characters.

        Raises:
            InvalidInput: If it was sent already, or *by* or *note* is empty.
            UnknownPayment: If there is no such payout.
        """
        return self._run(approve.cancel(key, self._policy, by=by, note=note, event="cancelled"))

    @hide_locals
    def receive(
        self, body: bytes | str | Mapping[str, object], /, *, token: str | None = None, remote_ip: str = ""
    ) -> Reply[Payout]:
        """Store a callback, verify it and apply it to its payout. It sends no request to Daraja, so it is fast.

        One route takes results, notices that a request waits, and the answers to questions: the token tells them apart.
        A SecurityCredential that came back in a body is cut out before the body is stored.

        Args:
            body: The body of the request, as bytes if you have them, or the parsed JSON.
            token: The last segment of the requested path, or the whole path. None for an address without a token: its
                callbacks prove nothing, so they are stored, and Daraja is queried.
            remote_ip: The address of the caller; see ``daraja.lifecycle.source_ip.client_ip``.

        Returns:
            The reply, with status 200 if the body is stored, 404 if the token is not signed by us, and 503 if the body
            could not be stored; and the transition of the payout, if it changed.

        Raises:
            InvalidInput: If *body*, *token* or *remote_ip* has a wrong type. No request can cause this.
        """
        content = read_request(body, token, remote_ip)
        return self._run(follow_up.receive(content, token, remote_ip or "", self._policy))

    @hide_locals
    def payout(self, key: str, /) -> Payout:
        """Return a payout as it is stored, without a query.

        Args:
            key: The payout's key.

        Raises:
            UnknownPayment: If there is no such payout.
        """
        return self._run(check_status.load(key, self._policy))

    @hide_locals
    def history(self, key: str, /) -> Sequence[HistoryEntry]:
        """Return the history of a payout, the oldest change first.

        Args:
            key: The payout's key.

        Raises:
            UnknownPayment: If there is no such payout.
        """
        return self._run(check_status.history(key, self._policy))

    @hide_locals
    def list(
        self, which: Filter | None = None, /, *, limit: int = 100, after: str | None = None
    ) -> Sequence[Payout | Unreadable]:
        """Return payouts, the newest first.

        Args:
            which: Which ones; all if left out. See ``daraja.ledger.Filter``.
            limit: The maximum number.
            after: The key of the last payout of the page before; None for the first page.
        """
        return self._run(follow_up.list_payouts(which, limit, after, self._policy))

    @hide_locals
    def refresh(self, key: str, /, *, if_due: bool = False) -> Transition[Payout]:
        """Ask Daraja now for the result of a payout. The answer comes to ``receive``.

        Args:
            key: The payout's key.
            if_due: Whether to ask only if a check is due.

        Returns:
            The payout before and after. Mostly nothing has changed yet.

        Raises:
            UnknownPayment: If there is no such payout.
            NotSent: If Daraja was not reached; ask again later, as after the errors below.
            OutcomeUnknown: If no answer came.
            ApiError: If Daraja refused the question, most often ``RateLimited``.
            UnexpectedResponse: If the answer cannot be read.

        Source:
            Daraja, TransactionStatus.
        """
        return self._run(follow_up.refresh(key, self._policy, if_due=if_due))

    @hide_locals
    def reconcile(self, *, limit: int = 100, progress: Callable[[Report], object] | None = None) -> Report:
        """Look after all open payouts; run it about every minute, on any number of machines.

        It processes callbacks that a crash left over, asks Daraja about payouts that are due (after 2, 5, 15 and 60
        minutes, then every hour for a day), and calls ``on_paid`` for paid ones without a delivery.

        Args:
            limit: The maximum number of payouts in this run.
            progress: Called with the report so far, after each payout.

        Returns:
            Counts, and the keys that a person must look at.

        Raises:
            InvalidInput: If *limit* is not a whole number from 0, or *progress* no function.
        """
        return self._run(reconcile(limit, self._policy), self._runtime.showing(progress))

    @hide_locals
    def may_pay_again(self, key: str, /) -> MayPayAgain:
        """Return whether this payout surely paid nothing, so that a new one is safe, with the reason.

        Args:
            key: The key of the last payout for the same debt.

        Raises:
            UnknownPayment: If there is no such payout.
        """
        return self._run(follow_up.judge(key, self._policy))

    @hide_locals
    def resolve(self, key: str, /, *, paid: bool, note: str, by: str, receipt: str | None = None) -> Transition[Payout]:
        """Store a person's decision after a look at the statement, beside the evidence.

        Args:
            key: The payout's key.
            paid: Whether the statement shows the money going out.
            note: The reason, 1 to 1,000 characters.
            by: The person who decided.
            receipt: The M-Pesa receipt number on the statement, if it was paid. One receipt pays once.

        Raises:
            InvalidInput: If *note* or *by* is empty, the payout was never sent, or *receipt* is not a receipt, is not
                the one from M-Pesa, or already belongs to another payout.
            UnknownPayment: If there is no such payout.
        """
        return self._run(resolve.resolve(key, self._policy, paid=paid, note=note, by=by, receipt=receipt))

    @hide_locals
    def balance(self) -> Accepted:
        """Ask Daraja for the balances of our accounts. The answer comes to ``receive``, which calls ``on_balance``.

        Every result of a payout to a phone tells the float as well: ``payout.float_after``.

        Raises:
            ConfigurationError: If the settings lack the initiator; nothing was sent.
            NotSent: If Daraja was not reached; ask again later, as after the errors below.
            OutcomeUnknown: If no answer came.
            ApiError: If Daraja refused the question.

        Source:
            Daraja, AccountBalance.
        """
        return self._run(balance.ask_for_balance(self._policy))

    def _paid(self, payout: Payout) -> object:
        if payout.refunds:
            self._run(refund.clear_refund_due(payout, self._policy))
        return None if self._on_paid is None else self._on_paid(payout)

    def _run(self, flow: Flow[T], runtime: RecordRuntime | None = None) -> T:
        return run(flow, self._runtime if runtime is None else runtime)
