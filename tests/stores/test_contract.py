"""The contract of stores fails for a store that breaks a promise, and names the promise."""

from typing import Final

import pytest

from daraja import testing

SOUND: Final = """
from daraja.stores import MemoryStore
from daraja.testing import FulfilmentContract, StoreContract

class Fulfilling(MemoryStore):
    def __init__(self, fulfil):
        super().__init__()
        self.fulfil = fulfil

    def swap(self, old, new, entry):
        if not super().swap(old, new, entry):
            return False
        if entry.became_success:
            self.fulfil(new)
        return True
"""
BROKEN: Final = {
    "test_a_record_that_was_inserted_is_loaded_as_it_was": """
    def load(self, key):
        return None
""",
    "test_an_idempotency_key_gives_the_record_that_is_there_and_writes_nothing": """
    def insert(self, payment):
        return super().insert(attrs.evolve(payment, idempotency_key=None))
""",
    "test_a_swap_of_an_older_version_is_lost_and_writes_nothing": """
    def swap(self, old, new, entry):
        return super().swap(self.load(old.key) or old, new, entry)
""",
    "test_of_many_swaps_of_one_version_one_is_written": """
    both = threading.Barrier(2, timeout=30)
    def swap(self, old, new, entry):
        is_there = self.load(old.key) == old
        self.both.wait()
        return is_there and super().swap(self.load(old.key), new, entry)
""",
    "test_a_record_is_due_at_its_moment_and_after_and_not_before": """
    def due(self, now, limit, account=None):
        return super().due(now - timedelta(microseconds=1), limit, account)
""",
    "test_each_account_has_its_own_that_need_attention": """
    def need_attention(self, limit, account=None):
        return super().need_attention(limit)
""",
    "test_a_swap_marks_the_callback_that_it_names": """
    def swap(self, old, new, entry):
        return super().swap(old, new, attrs.evolve(entry, callback_id=None))
""",
    "test_no_more_are_kept_than_the_limit_of_an_account_and_key": """
    def record(self, callback):
        return super().record(attrs.evolve(callback, limit=callback.limit + 1))
""",
    "test_the_callbacks_of_a_record_that_needs_attention_stay": """
    def _needs_attention(self, key):
        return False
""",
    "test_pages_follow_each_other_without_a_gap_and_without_repetition": """
    def list(self, which, limit, after=None):
        listed = [one.key for one in super().list(which, 99)]
        return super().list(which, 99)[listed.index(after) + 2 if after in listed else 0 :][:limit]
""",
    "test_a_filter_limits_the_list": """
    def list(self, which, limit, after=None):
        return super().list(attrs.evolve(which, phone=None), limit, after)
""",
    "test_the_records_that_are_due_are_counted": """
    def count_due(self, now, account=None):
        return super().count_due(now)
""",
    "test_what_is_erased_is_replaced_with_its_history": """
    def erase(self, old, new, history):
        return super().erase(old, new, self.history(old.key))
""",
    "test_the_processed_callbacks_of_what_is_erased_are_deleted": """
    def erase(self, old, new, history):
        return self.swap(old, new, self.history(old.key)[-1])
""",
    "test_the_callbacks_of_a_payment_are_found_processed_or_not": """
    def callbacks(self, key):
        return [one for one in self.unprocessed(99) if one.key == key]
""",
    "test_a_second_open_attempt_is_not_written": """
    def insert(self, payment):
        return super().insert(attrs.evolve(payment, order=None))
""",
    "test_a_second_success_cannot_count": """
    def swap(self, old, new, entry):
        return super().swap(old, attrs.evolve(new, is_second=new.counts), entry)
""",
    "test_the_attempts_of_an_order_are_listed_by_number": """
    def attempts(self, order, account):
        return super().attempts(order, account)[::-1]
""",
    "test_a_time_is_the_same_in_any_zone": """
    def load(self, key):
        payment = super().load(key)
        return payment and attrs.evolve(payment, created_at=payment.created_at.replace(tzinfo=None))
""",
}
"""What breaks a promise, by the test that has to find it."""


BROKEN_PAYOUTS: Final = {
    "test_of_many_who_want_the_last_shilling_one_has_it": """
    both = threading.Barrier(2, timeout=30)
    def insert(self, payout):
        charged = dict(self._charged)
        if charged:
            self.both.wait()
        for charge in payout.charges:
            if charge.exceeds(charged.get((payout.account, charge.counter), 0)):
                raise charge.refusal(charged[payout.account, charge.counter])
        unlimited = tuple(attrs.evolve(charge, limit=None) for charge in payout.reserved)
        return super().insert(attrs.evolve(payout, reserved=unlimited))
""",
    "test_what_is_given_back_twice_is_given_back_once": """
    def swap(self, old, new, entry):
        for charge in changed_charges(old.charges, new.charges):
            if charge.amount < 0:
                self._charged[old.account, charge.counter] += charge.amount
        return super().swap(old, new, entry)
""",
    "test_one_refund_is_open_at_a_time_and_all_together_are_no_more_than_was_paid": """
    def insert(self, payout):
        some = tuple(charge for charge in payout.reserved if charge.cap != "open_refunds")
        return super().insert(attrs.evolve(payout, reserved=some))
""",
}
"""What breaks a promise of a store of payouts, by the test that has to find it."""
KEPT: Final = "test_a_key_that_nobody_has_is_none"
"""A promise that all of them keep."""
BARE: Final = ("-p", "no:cacheprovider", "--disable-plugin-autoload")
"""How pytest runs within pytest: without plugins, which take longer to load than the tests to run."""


def outcomes(pytester: pytest.Pytester, program: str, which: str = "test") -> tuple[set[str], set[str]]:
    """Run the tests of *program* that *which* chooses, and give the names of those that passed and that failed."""
    pytester.makepyfile(SOUND + program)
    run = pytester.inline_run(*BARE, "-k", which)
    passed, skipped, failed = run.listoutcomes()
    assert not skipped
    names = [{report.nodeid.rpartition("::")[2].partition("[")[0] for report in some} for some in (passed, failed)]
    return names[0], names[1]


@pytest.mark.parametrize("promise", BROKEN)
def test_a_broken_promise_is_found(pytester: pytest.Pytester, promise: str) -> None:
    program = f"""
import threading
from datetime import timedelta
import attrs

class Broken(MemoryStore):{BROKEN[promise]}
class TestBroken(StoreContract):
    def make_store(self):
        return Broken()
"""
    passed, failed = outcomes(pytester, program, f"{promise} or {KEPT}")
    assert promise in failed
    assert KEPT in passed


@pytest.mark.parametrize("promise", BROKEN_PAYOUTS)
def test_a_broken_promise_about_payouts_is_found(pytester: pytest.Pytester, promise: str) -> None:
    program = f"""
import threading
import attrs
from daraja.lifecycle.charges import changed_charges
from daraja.stores import MemoryPayoutStore
from daraja.testing import PayoutStoreContract

class Broken(MemoryPayoutStore):{BROKEN_PAYOUTS[promise]}
class TestBroken(PayoutStoreContract):
    def make_store(self):
        return Broken()
"""
    passed, failed = outcomes(pytester, program, f"{promise} or {KEPT}")
    assert promise in failed
    assert KEPT in passed


def test_a_store_that_writes_before_it_fulfils_is_found(pytester: pytest.Pytester) -> None:
    program = """
class TestBroken(FulfilmentContract):
    def make_store_with(self, fulfil):
        return Fulfilling(fulfil)
"""
    passed, failed = outcomes(pytester, program)
    assert passed == {
        "test_a_success_is_fulfilled_once_and_nothing_else_is",
        "test_of_many_who_make_it_a_success_one_fulfils",
    }
    assert failed == {
        "test_where_fulfilling_fails_nothing_was_written",
        "test_nobody_sees_a_success_before_it_is_fulfilled_and_written",
    }


def test_a_contract_without_a_store_fails(pytester: pytest.Pytester) -> None:
    program = """
from daraja.testing import PayoutStoreContract, ReceiptStoreContract
from daraja.testing.store_contract import RecordContract

class TestStore(StoreContract):
    pass

class TestPayoutStore(PayoutStoreContract):
    pass

class TestReceiptStore(ReceiptStoreContract):
    pass

class TestRecords(RecordContract):
    pass

class TestFulfilment(FulfilmentContract):
    pass
"""
    pytester.makepyfile(SOUND + program)
    some = ("-k", f"{KEPT} or test_a_success_is_fulfilled_once_and_nothing_else_is")
    passed, skipped, failed = pytester.inline_run(*BARE, *some).listoutcomes()
    assert (passed, skipped, len(failed)) == ([], [], 5)
    assert {report.longreprtext.splitlines()[-1].rpartition(" ")[2] for report in failed} == {"NotImplementedError"}


def test_a_contract_for_a_kind_without_records_fails(pytester: pytest.Pytester) -> None:
    program = """
from daraja.testing.store_contract import RecordContract

class TestStore(RecordContract):
    def make_store(self):
        return MemoryStore()
"""
    pytester.makepyfile(SOUND + program)
    named = "test_a_record_that_was_inserted_is_loaded_as_it_was"
    _, _, (report,) = pytester.inline_run(*BARE, "-k", named).listoutcomes()
    assert report.longreprtext.splitlines()[-1].endswith("NotImplementedError")


def test_a_failure_says_what_was_promised_what_was_found_and_no_number(pytester: pytest.Pytester) -> None:
    program = f"""
class Broken(MemoryStore):{BROKEN["test_a_record_that_was_inserted_is_loaded_as_it_was"]}
class TestBroken(StoreContract):
    def make_store(self):
        return Broken()
"""
    pytester.makepyfile(SOUND + program)
    named = "test_a_record_that_was_inserted_is_loaded_as_it_was"
    _, _, (report,) = pytester.inline_run(*BARE, "-k", named).listoutcomes()
    assert "load gives the record that was inserted" in report.longreprtext
    assert "assert None == Payment(key='" in report.longreprtext
    assert "254712345678" not in report.longreprtext.partition("AssertionError")[2]


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match=r"^module 'daraja.testing' has no attribute 'StoreContrakt'$"):
        testing.StoreContrakt  # type: ignore[attr-defined]  # noqa: B018 - that is the test
