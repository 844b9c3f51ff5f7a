"""The promises of a store of payouts: those of every store, the caps, and the refunds of a payment."""

# ruff: noqa: ANN401 - changes are fields of a value, which may be of any type

import secrets
from datetime import timedelta
from functools import partial
from typing import Any, Final

import pytest

from daraja import to
from daraja.disbursements.caps import refund_charges
from daraja.disbursements.model import Payout, PayoutStore
from daraja.disbursements.products import Product
from daraja.errors import CapReached
from daraja.lifecycle.record import Account
from daraja.testing.store_contract.base import ANOTHER_ACCOUNT, NOON, RecordCase, with_facts
from daraja.testing.store_contract.charges import unless_full
from daraja.testing.store_contract.races import Race, turns

_MANY: Final = 50


class PayoutCase(RecordCase[Payout]):
    """The payouts of a contract."""

    kind = Payout.kind

    def make_store(self) -> PayoutStore:
        """Make an empty store: override this, or the fixture ``store``."""
        raise NotImplementedError

    def make_payout(self, **changes: Any) -> Payout:
        """Make a pending payout that is not in the store yet, with a key of its own and *changes* to its fields."""
        payout = Payout(
            key=secrets.token_hex(16),
            account=Account("simulator", "600111"),
            product=Product.B2C,
            to=to.Mobile("254712345678"),
            amount=500,
            payer="600111",
            created_at=NOON,
            updated_at=NOON,
        )
        return with_facts(payout, **changes)

    def to_phone(self, phone: str) -> dict[str, Any]:
        """Return the change that pays that phone."""
        return {"to": to.Mobile(phone)}

    def make_record(self, **changes: Any) -> Payout:
        """Make a payout."""
        return self.make_payout(**changes)


class RefundPromises(PayoutCase, Race[Payout]):
    """``refunds``, and the charges that keep refunds below what was paid."""

    def test_the_refunds_of_a_receipt_are_listed_the_oldest_first(self, store: PayoutStore) -> None:
        times = [NOON + timedelta(seconds=number) for number in (3, 1, 2)]
        refunds = {at: self.inserted(store, created_at=at, refunds="UAF1AAAAAA") for at in times}
        self.inserted(store, refunds="UAF2BBBBBB")
        self.inserted(store)
        theirs = self.inserted(store, refunds="UAF1AAAAAA", shortcode=ANOTHER_ACCOUNT.shortcode)
        ours = next(iter(refunds.values())).account
        assert list(store.refunds("UAF1AAAAAA", ours)) == [refunds[at] for at in sorted(times)], "the oldest is first"
        assert list(store.refunds("UAF1AAAAAA", theirs.account)) == [theirs], "an account sees its own refunds only"
        assert list(store.refunds("UAF3CCCCCC", ours)) == [], "a payment without refunds has none"

    def test_a_refund_is_listed_as_it_is_now(self, store: PayoutStore) -> None:
        refund = self.inserted(store, refunds="UAF1AAAAAA")
        after = self.swapped(store, refund, status=self.kind.success)
        assert list(store.refunds("UAF1AAAAAA", refund.account)) == [after], "with its status"

    def test_one_refund_is_open_at_a_time_and_all_together_are_no_more_than_was_paid(self, store: PayoutStore) -> None:
        first = self.inserted(store, reserved=refund_charges("UAF1AAAAAA", 300, 500))
        with pytest.raises(CapReached, match="open_refunds"):
            self.inserted(store, reserved=refund_charges("UAF1AAAAAA", 100, 500))
        self.swapped(store, first, status=self.kind.success)
        with pytest.raises(CapReached) as caught:
            self.inserted(store, reserved=refund_charges("UAF1AAAAAA", 201, 500))
        assert (caught.value.cap, caught.value.left) == ("refunds", 200), "what was paid back counts"
        self.inserted(store, reserved=refund_charges("UAF1AAAAAA", 200, 500))

    def test_of_many_refunds_of_one_payment_one_is_written(
        self, store: PayoutStore, another_store: PayoutStore
    ) -> None:
        refunds = [self.make_payout(reserved=refund_charges("UAF1AAAAAA", 500, 500)) for _ in range(_MANY)]
        together = zip(turns(store, another_store), refunds, strict=False)
        written = self.run([partial(unless_full, partial(one.insert, refund)) for one, refund in together])
        assert len([refund for refund in written if refund]) == 1, "all other callers hear that it is paid back"
