"""The controls of a local Daraja for a developer, from any thread."""

import re
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Final

from daraja.http.messages import HttpRequest
from daraja.simulator.clock import check_seconds
from daraja.simulator.event_log import Event, EventKind, printable
from daraja.simulator.ledger import Account, Transaction
from daraja.simulator.locked_engine import LockedEngine
from daraja.simulator.phones import Answer
from daraja.simulator.products.c2b_payload import CustomerPayment
from daraja.simulator.products.stk.behaviours import Change, altered
from daraja.simulator.products.stk.product import Prompt
from daraja.simulator.products.stk.push import Push
from daraja.simulator.results import PAID, Result
from daraja.simulator.statement import statement

_MOST_DELIVERIES: Final = 1_000
_SHORTCODE: Final = re.compile("[0-9]{5,7}")


class Control(LockedEngine):
    """People's phones, the time and the callbacks of a local Daraja, in the hands of a test.

    When one of these calls returns, every callback that it made due has been delivered.

    Args:
        engine: What answers; only this object may call it.
        clock: The time of the engine.
    """

    # The phones

    def pay(self, phone: str) -> None:
        """Type the right PIN at the oldest open prompt of a phone, as ``answer`` does."""
        self.answer(phone, Answer.PAY)

    def wrong_pin(self, phone: str) -> None:
        """Type a wrong PIN, as ``answer`` does."""
        self.answer(phone, Answer.WRONG_PIN)

    def cancel(self, phone: str) -> None:
        """Cancel the prompt, as ``answer`` does."""
        self.answer(phone, Answer.CANCEL)

    def no_funds(self, phone: str) -> None:
        """Type the right PIN without enough money on the account, as ``answer`` does."""
        self.answer(phone, Answer.NO_FUNDS)

    def ignore(self, phone: str) -> None:
        """Leave the prompt to end by itself, as ``answer`` does."""
        self.answer(phone, Answer.IGNORE)

    def answer(self, phone: str, answer: Answer) -> None:
        """Do what a person does with the oldest prompt that is open on a phone.

        Args:
            phone: The phone, in any form that people write.
            answer: What the person does; ``IGNORE`` leaves the prompt to end by itself.

        Raises:
            LookupError: If no prompt is open there; push first, or answer before it ends.
            ValueError: If *phone* is not a Kenyan mobile number.
        """
        with self._acting() as now:
            self.engine.answer(phone, answer, now)

    # Payments by hand

    def pay_bill(self, phone: str, *, shortcode: str, account: str, amount: int) -> CustomerPayment:
        """Pay a pay bill from the menu of a phone; the shop validates it and gets a confirmation where it registered.

        Args:
            phone: Who pays, in any form that people write.
            shortcode: The pay bill.
            account: What the customer types as account, up to 20 characters.
            amount: Whole KES.

        Returns:
            The payment after the shop validated it; ``waiting`` if callbacks are held back.

        Raises:
            LookupError: If no shop here has that pay bill.
            ValueError: If the phone is no Kenyan mobile number, or the amount or the account is not possible.
        """
        return self._pay(phone, shortcode, amount, account, is_till=False)

    def buy_goods(self, phone: str, *, till: str, amount: int) -> CustomerPayment:
        """Pay at a till from the menu of a phone, as ``pay_bill`` does."""
        return self._pay(phone, till, amount, "", is_till=True)

    def _pay(self, phone: str, shortcode: str, amount: int, account: str, *, is_till: bool) -> CustomerPayment:
        with self._acting() as now:
            payment = self.engine.c2b.pay(phone, shortcode, amount, account, now, is_till=is_till)
        with self.locked():
            return self.engine.c2b.find(payment.receipt)

    # The time

    def advance(self, *, seconds: float) -> None:
        """Advance the local Daraja's time. Everything that becomes due on the way happens in order, each at its time.

        Args:
            seconds: By how much, up to a day.

        Raises:
            ValueError: If it is not from 0 to 86,400 seconds.
        """
        check_seconds("seconds", seconds)
        with self.locked() as now:
            until = now + timedelta(seconds=seconds)
            self.engine.log.note(EventKind.CONTROL, f"the time moves forward by {seconds:g} s", now)
        while (following := self._next_due()) is not None and following < until:
            self._advance_to(following)
        self._advance_to(until)

    def _next_due(self) -> datetime | None:
        with self.locked():
            return self.engine.next_due() if self._may_deliver() else None

    def _advance_to(self, when: datetime) -> None:
        with self._acting() as now:
            self._clock.advance(max(0.0, (when - now).total_seconds()))
            self.engine.settle(self._clock.now())

    # The callbacks

    def deliver(self, *, times: int = 1, shuffled: bool = False) -> int:
        """Deliver the callbacks that are due now, also those that ``hold`` keeps back.

        Args:
            times: How often each is delivered, up to 1,000; 0 loses them.
            shuffled: Whether they come in another order, the same in every run.

        Returns:
            How many deliveries were made.

        Raises:
            ValueError: If *times* is not from 0 to 1,000.
            RuntimeError: If callbacks have no receiver here; see ``daraja.testing.MountedDaraja``.
        """
        if not 0 <= times <= _MOST_DELIVERIES:
            raise ValueError(f"times is {times}; give a number from 0 to {_MOST_DELIVERIES:,}")
        if not self._delivers():
            raise RuntimeError("callbacks have no receiver here; make it with deliver=, or take them from due()")
        with self.locked() as now:
            callbacks = [*self.engine.due(now)] * times
        if shuffled:
            callbacks = _shuffled(callbacks)
        self._deliver(callbacks)
        while self._may_deliver() and (more := self._take_again()):
            self._deliver(more)
        return len(callbacks)

    def send_again(self, callback: HttpRequest | None = None) -> None:
        """Deliver a callback once more, byte for byte.

        Args:
            callback: One of ``callbacks``; the newest if left out.

        Raises:
            LookupError: If it was never sent.
        """
        with self._acting() as now:
            self.engine.callback_queue.send_again(callback, now)

    def forge(self, phone: str, *changes: Change, result: Result = PAID) -> None:
        """Deliver a callback that Daraja never made, like an attacker who knows the address.

        Args:
            phone: Whose newest push it is about, in any form that people write.
            *changes: What is odd in it: ``with_another_amount`` and the like, of
                ``daraja.simulator.products.stk.behaviours``.
            result: The result that it claims.

        Raises:
            LookupError: If there was no push to that phone.
            ValueError: If *phone* is not a Kenyan mobile number.
        """
        with self._acting() as now:
            self.engine.stk.forge(phone, result, altered(*changes), now)

    @contextmanager
    def hold(self) -> Generator[None]:
        """Keep callbacks back until the block ends, or ``deliver`` delivers them."""
        before = self._held
        self.set_held(held=True)
        try:
            yield
        finally:
            self.set_held(held=before)

    @property
    def held(self) -> bool:
        """Whether callbacks are kept back."""
        return self._held

    def set_held(self, *, held: bool) -> None:
        """Keep callbacks back, or deliver them again by themselves."""
        with self._acting() as now:
            if held is not self._held:
                self._held = held
                text = "callbacks are kept back" if held else "callbacks are no longer kept back"
                self.engine.log.note(EventKind.CONTROL, text, now)

    def revoke_tokens(self) -> None:
        """Refuse every access token issued so far."""
        with self.locked() as now:
            self.engine.tokens.revoke_all()
            self.engine.log.note(EventKind.CONTROL, "every access token issued so far is revoked", now)

    # The accounts

    def balances(self, shortcode: str) -> Mapping[Account, Decimal]:
        """Return the balances of an organisation's accounts.

        Raises:
            ValueError: If *shortcode* is not five to seven digits.
        """
        _check_shortcode(shortcode)
        with self.locked() as now:
            self.engine.settle(now)
            return dict(self.engine.ledger.balances(shortcode))

    def statement(self, shortcode: str, account: Account | str = Account.UTILITY) -> str:
        """Export an account as the organisation portal does: CSV with its 13 columns, the newest row first.

        Args:
            shortcode: Whose account.
            account: Which account, for example ``Utility Account``.

        Raises:
            ValueError: If there is no such account, or *shortcode* is not five to seven digits.
        """
        _check_shortcode(shortcode)
        if account not in tuple(Account):
            raise ValueError(f"account is not one of: {', '.join(Account)}")
        with self.locked() as now:
            self.engine.settle(now)
            return statement(self.engine.ledger, shortcode, Account(account), now)

    def unlock(self, operator: str) -> None:
        """Unlock an API operator, as an administrator does on the organisation portal.

        Raises:
            LookupError: If there is no such operator.
        """
        with self.locked() as now:
            self.engine.operators.unlock(operator)
            self.engine.log.note(EventKind.CONTROL, f"operator {printable(operator)} is unlocked", now)

    # The state

    @property
    def pushes(self) -> Sequence[Push]:
        """Every push that was accepted, oldest first."""
        return self.engine.stk.pushes

    @property
    def prompts(self) -> Sequence[Prompt]:
        """The prompts that are open on a phone, oldest first."""
        with self.locked() as now:
            self.engine.settle(now)
            return self.engine.stk.prompts

    @property
    def decided(self) -> Sequence[Prompt]:
        """The prompts that are decided. They show which payments were really made."""
        with self.locked() as now:
            self.engine.settle(now)
            return self.engine.stk.decided

    @property
    def transactions(self) -> Sequence[Transaction]:
        """Every movement of money, also those that are open or failed, oldest first."""
        with self.locked() as now:
            self.engine.settle(now)
            return self.engine.ledger.transactions

    @property
    def callbacks(self) -> Sequence[HttpRequest]:
        """Every callback that was sent, oldest first."""
        return self.engine.callbacks

    @property
    def events(self) -> Sequence[Event]:
        """The events, oldest first; the newest 10,000 are kept."""
        return self.engine.events


def _check_shortcode(shortcode: str) -> None:
    if not _SHORTCODE.fullmatch(shortcode):
        raise ValueError("shortcode is not five to seven digits; give the one that your shop asks with")


def _shuffled(callbacks: Sequence[HttpRequest]) -> list[HttpRequest]:
    order = Random(len(callbacks)).sample(callbacks, len(callbacks))  # noqa: S311 - the same in every run
    return order if order != callbacks else order[::-1]
