"""The commands over a store: a SQLite file that a shop has filled, and a local Daraja."""

import os
import signal
import sqlite3
import sys
from collections.abc import Generator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import attrs
import pytest
import time_machine

from daraja import Checkout, Config, Daraja, Payment, Status
from daraja.cli import main
from daraja.cli.words import next_step
from daraja.lifecycle.filter import Filter
from daraja.lifecycle.ports import HistoryEntry, ReceivedCallback
from daraja.lifecycle.record import Account
from daraja.simulator import LocalDaraja
from daraja.stores.sql import SqlStore
from daraja.testing import ManualClock, PostedCallback, stk_callback
from daraja.values.nairobi_time import EAT
from tests.cli.conftest import Run
from tests.cli.terminal import TERMINAL, Terminal

NOON: Final = datetime(2026, 11, 30, 12, tzinfo=EAT)
"""The time of day in each test, so that no test begins on one day and ends on the next."""

SHOP = """
import os
import signal
from contextlib import suppress
from daraja import Checkout, Config, Daraja
from daraja.stores.sql import SqlStore

def fulfil_and_drop_an_interrupt(payment):
    with suppress(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)
    fulfilled.append(payment)

fulfilled = []
interrupted = Checkout(
    Daraja(Config.from_env()), SqlStore(os.environ["MPESA_STORE"]), on_success=fulfil_and_drop_an_interrupt
)
checkout = Checkout(Daraja(Config.from_env()), SqlStore(os.environ["MPESA_STORE"]), on_success=fulfilled.append)

def make():
    return checkout

def make_in_no_environment():
    return Checkout(Daraja(Config.from_env({})), checkout.store)

number = 7
"""


@attrs.frozen
class Setup:
    """A shop whose payments are in a file."""

    checkout: Checkout
    config: Config
    clock: ManualClock
    file: Path

    def paid(self, order: str = "ORD-1", amount: int = 500) -> Payment:
        """Take a payment."""
        return self.confirmed(self.asked(order, amount))

    def asked(self, order: str, amount: int = 500, phone: str = "0712345678") -> Payment:
        """Prompt a phone, a second after the one before."""
        self.clock.advance(1)
        return self.checkout.charge(order=order, phone=phone, amount=amount)

    def confirmed(self, payment: Payment, amount: int | None = None) -> Payment:
        """Receive the callback of a payment, perhaps with another amount."""
        callback = self.callback(payment, "paid", amount)
        self.checkout.receive(callback.body, token=callback.token)
        return self.checkout.payment(payment.key)

    def callback(self, payment: Payment, outcome: str, amount: int | None = None) -> PostedCallback:
        """Make the callback of a payment."""
        return stk_callback(payment, outcome, config=self.config, amount=amount)

    def attempts(self, order: str) -> tuple[Payment, Payment]:
        """Prompt twice for an order, where the customer cancels first."""
        first = self.asked(order)
        callback = self.callback(first, "cancelled")
        self.checkout.receive(callback.body, token=callback.token)
        self.clock.advance(300)
        return self.checkout.payment(first.key), self.asked(order)

    def make_due(self, payment: Payment) -> None:
        """Make a check of a payment due."""
        before = self.checkout.payment(payment.key)
        self.swap(before, attrs.evolve(before, next_check_at=before.created_at, version=before.version + 1))

    def swap(self, before: Payment, after: Payment) -> None:
        """Change a payment in the store."""
        entry = HistoryEntry(
            key=before.key, at=before.created_at, event="check", before=before.status.value, after=after.status.value
        )
        assert self.checkout.store.swap(before, after, entry)

    def listed(self) -> list[Payment]:
        """Return all payments."""
        return [one for one in self.checkout.store.list(Filter(), 100) if isinstance(one, Payment)]

    def execute(self, statement: str) -> None:
        """Change the database by hand."""
        with closing(sqlite3.connect(self.file)) as connection:
            connection.execute(statement)
            connection.commit()


@pytest.fixture
def setup(local: LocalDaraja, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[Setup]:
    del local
    file = tmp_path / "payments.db"
    monkeypatch.setenv("MPESA_STORE", f"sqlite:///{file}")
    with time_machine.travel(NOON), closing(SqlStore(f"sqlite:///{file}")) as store:
        config, clock = Config.from_env(), ManualClock(NOON - timedelta(seconds=20))
        yield Setup(Checkout(Daraja(config, clock=clock), store), config, clock, file)


def of(out: str, name: str) -> str:
    """Return what stands behind a name in a list of details."""
    return out.split(f"\n{name} ", 1)[1].partition("\n")[0].strip()


@pytest.fixture
def shop(setup: Setup, monkeypatch: pytest.MonkeyPatch) -> Generator[str]:
    """Write the shop's own module into the folder in which the command runs."""
    (setup.file.parent / "my_shop.py").write_text(SHOP)
    monkeypatch.chdir(setup.file.parent)
    monkeypatch.setattr(sys, "path", list(sys.path))
    yield "my_shop:checkout"
    sys.modules.pop("my_shop", None)


def test_payments_lists_those_of_today_with_sums(run: Run, setup: Setup) -> None:
    setup.paid("ORD-1", 500)
    setup.paid("ORD-2", 700)
    setup.asked("ORD-3")
    ended = run("payments")
    assert (ended.status, ended.err) == (0, "")
    lines = [line.split() for line in ended.out.splitlines()]
    assert [(line[2], line[3], line[5]) for line in lines[1:4]] == [
        ("ORD-3", "2547*****678", "initiated"),
        ("ORD-2", "2547*****678", "success"),
        ("ORD-1", "2547*****678", "success"),
    ]
    assert ["success", "2", "1,200"] in lines


def test_payments_are_found_by_what_is_known_of_them(run: Run, setup: Setup) -> None:
    paid = setup.paid("ORD-1")
    setup.checkout.charge(order="2025/17", phone="0722000111", amount=300)

    def found(*options: str) -> list[str]:
        return [row["order"] for row in run("payments", *options, "--json").rows]

    assert paid.receipt is not None
    assert found("--receipt", paid.receipt) == ["ORD-1"]
    assert found("--order", "2025/17") == ["2025/17"]
    assert found("--phone", "0722 000 111") == ["2025/17"]
    assert found("--status", "success") == ["ORD-1"]
    assert found("--since", "2020-01-01", "--until", "2020-01-31") == []
    assert "'yesterday' is no day; write it like 2026-11-30" in run("payments", "--since", "yesterday").err
    today = f"{datetime.now(EAT):%Y-%m-%d}"
    assert len(found("--since", today, "--until", today)) == 2


def test_payments_shows_numbers_keys_and_sums_if_asked(run: Run, setup: Setup) -> None:
    payment = setup.paid("ORD-1")
    setup.paid("ORD-2")
    assert "254712345678" in run("payments", "--show-numbers").out
    assert payment.key in run("payments", "--keys").out
    assert "... and 1 more; see --limit" in run("payments", "--limit", "1").out
    assert run("payments", "--sums", "--json").rows == [{"status": "success", "count": 2, "amount": 1000}]


def test_payment_shows_history_and_the_next_step(run: Run, setup: Setup) -> None:
    payment = setup.paid("ORD-1")
    assert payment.receipt is not None
    assert payment.checkout_request_id is not None
    for name in (payment.key, "ORD-1", payment.receipt.lower(), payment.checkout_request_id):
        ended = run("payment", name)
        assert ended.status == 0
        assert of(ended.out, "paid") == "yes"
        assert of(ended.out, "next") == "Nothing: it is paid."
        assert "Daraja answered the request: accepted" in ended.out
        assert "A callback came: paid" in ended.out


def test_payment_shows_its_history_as_objects_to_programs(run: Run, setup: Setup) -> None:
    payment = setup.paid("ORD-1")
    (row,) = run("payment", "ORD-1", "--json").rows
    events = setup.checkout.store.history(payment.key)
    assert [(one["event"], one["at"]) for one in row["history"]] == [
        (entry.event, entry.at.isoformat()) for entry in events
    ]
    assert row["history"][1]["what"] == "A callback came: paid (initiated -> success)"
    assert [datetime.fromisoformat(one["at"]).tzinfo for one in row["callbacks"]] == [UTC]


def test_payment_says_what_to_do_while_nothing_is_decided(run: Run, setup: Setup) -> None:
    setup.asked("ORD-1")
    assert "Wait. daraja-kit reconcile queries it" in run("payment", "ORD-1").out
    setup.asked("ORD-2", phone="254700001032")
    assert run("reconcile", "--no-fulfilment").status == 0


def test_payment_says_when_the_customer_may_be_prompted_again(run: Run, setup: Setup) -> None:
    payment = setup.asked("ORD-1", phone="0722000111")
    callback = setup.callback(payment, "cancelled")
    setup.checkout.receive(callback.body, token=callback.token)
    out = " ".join(run("payment", "ORD-1").out.split())
    assert "Do not prompt the customer again yet: " in out
    assert ", until " in out
    later = datetime.now(UTC) + timedelta(hours=1)
    retry = next_step(setup.checkout.payment(payment.key), later)
    assert retry == "This attempt charged nobody. The customer may be prompted again."


def test_payment_shows_every_attempt_of_an_order(run: Run, setup: Setup) -> None:
    first, second = setup.attempts("ORD-1")
    ended = run("payment", "ORD-1")
    assert ended.status == 0
    assert ended.out.index(second.key) < ended.out.index(first.key)


def test_payment_says_that_there_is_none(run: Run, setup: Setup) -> None:
    setup.asked("ORD-1")
    for name in ("0" * 32, "ORD-9", "UKN7X2M4QA", "ws_CO_01012026101112000712345678"):
        ended = run("payment", name)
        assert ended.status == 2
        assert "Give an order, a receipt, a ws_CO_ id, an idempotency key or a key." in " ".join(ended.err.split())


def test_a_contradiction_is_shown_and_resolved(run: Run, setup: Setup) -> None:
    payment = setup.confirmed(setup.asked("ORD-1"), amount=499)
    ended = run("payment", "ORD-1")
    assert ended.status == 1
    assert of(ended.out, "problem") == "contradiction: amount=499, not 500"
    assert "daraja-kit resolve" in ended.out
    looked = run("reconcile", "--look")
    assert looked.status == 1
    assert payment.key in looked.out
    assert "Waiting for a person: 1. Waiting for the next reconcile: 0." in looked.out

    ended = run("resolve", "ORD-1", "--not-paid", "--note", "on no statement", "--by", "Achieng")
    assert ended.status == 0
    assert "A person decided: not paid, by Achieng: on no statement" in " ".join(ended.out.split())
    assert run("reconcile", "--look").status == 0
    resolution = setup.checkout.payment(payment.key).resolution
    assert resolution is not None
    assert (resolution.paid, resolution.by, resolution.note) == (False, "Achieng", "on no statement")


def test_a_second_success_of_an_order_has_to_be_refunded(run: Run, setup: Setup) -> None:
    first, second = setup.attempts("ORD-1")
    setup.confirmed(second)
    setup.confirmed(first)
    ended = run("payment", first.key)
    assert ended.status == 1
    assert of(ended.out, "problem") == "the order was paid already: give this money back"
    assert "--not-paid --note refunded" in " ".join(ended.out.split())
    (report,) = run("reconcile", "--no-fulfilment", "--json").rows
    assert report["refunds_due"] == [first.key]


def test_resolve_asks_what_the_statement_shows(run: Run, setup: Setup) -> None:
    setup.asked("ORD-1")
    ended = run("resolve", "ORD-1", "--note", "hm")
    assert ended.status == 2
    assert "--paid or --not-paid" in ended.err


def test_resolve_asks_which_of_several_attempts_is_meant(run: Run, setup: Setup) -> None:
    first, second = setup.attempts("ORD-1")
    ended = run("resolve", "ORD-1", "--not-paid", "--note", "none")
    assert ended.status == 2
    assert first.key in ended.err
    assert second.key in ended.err


def test_what_is_paid_is_fulfilled_by_the_shops_own_checkout(run: Run, setup: Setup, shop: str) -> None:
    payment = setup.asked("ORD-1")
    arguments = ["resolve", "ORD-1", "--paid", "--receipt", "UKN7X2M4QA", "--note", "on the statement"]
    refused = run(*arguments)
    assert refused.status == 2
    assert "What is paid would not be fulfilled." in refused.err
    ended = run(*arguments, "--checkout", shop)
    assert ended.status == 0
    assert [one.key for one in sys.modules["my_shop"].fulfilled] == [payment.key]
    assert run("payment", "UKN7X2M4QA").status == 0


def test_reconcile_queries_what_is_due_and_fulfils_it(run: Run, setup: Setup, shop: str) -> None:
    payment = setup.asked("ORD-1")
    setup.make_due(payment)
    refused = run("reconcile")
    assert refused.status == 2
    ended = run("reconcile", "--checkout", shop)
    assert (ended.status, ended.err) == (0, "")
    assert of("\n" + ended.out, "succeeded") == "1"
    assert [one.key for one in sys.modules["my_shop"].fulfilled] == [payment.key]


def test_reconcile_shows_its_progress_and_watches_until_it_is_stopped(setup: Setup) -> None:
    for order in range(5):
        setup.make_due(setup.asked(f"ORD-{order}"))
    command = [sys.executable, "-m", "daraja", "reconcile", "--no-fulfilment", "--watch", "0.01"]
    with Terminal(command, {**os.environ, **TERMINAL}) as terminal:
        terminal.until("settled", times=2)
        setup.execute("ALTER TABLE daraja_payments_callbacks RENAME TO away")
        terminal.until("the run failed", times=2)
        setup.execute("ALTER TABLE away RENAME TO daraja_payments_callbacks")
        shown = terminal.shown
        terminal.until("settled", times=shown.count("settled") + 2)
        assert terminal.interrupt() == 0
    assert "of 5" in shown
    assert [setup.checkout.payment(row.key).status for row in setup.listed()] == ["success"] * 5


def test_a_watch_ends_after_the_run_in_which_python_drops_an_interrupt(run: Run, setup: Setup, shop: str) -> None:
    payment = setup.asked("ORD-1")
    setup.make_due(payment)
    ended = run("reconcile", "--watch", "0", "--checkout", shop.replace("checkout", "interrupted"))
    assert (ended.status, ended.err) == (0, "")
    assert [one.key for one in sys.modules["my_shop"].fulfilled] == [payment.key]
    assert ended.out.count("succeeded") == 1


def test_a_run_whose_output_nobody_reads_ends_quietly(setup: Setup, monkeypatch: pytest.MonkeyPatch) -> None:
    setup.asked("ORD-1")
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as pipe:
        monkeypatch.setattr(sys, "stdout", pipe)
        assert main(["reconcile", "--no-fulfilment"]) == 128 + signal.SIGPIPE


def test_look_tells_what_callbacks_say_and_whose_work_they_are(run: Run, setup: Setup) -> None:
    payment = setup.asked("ORD-1")
    callback, now = setup.callback(payment, "paid"), datetime.now(UTC)
    account = Account.of(setup.config)

    def record(key: str | None, body: bytes) -> str:
        return setup.checkout.store.record(
            ReceivedCallback(account=account, key=key, body=body, received_at=now, limit=9)
        )

    record(payment.key, callback.body)  # a process died before it applied it
    unreadable = record(payment.key, b"{}")
    lost = record("0" * 32, callback.body)
    unsigned = record(None, callback.body)
    ended = run("reconcile", "--look", "--json")
    assert ended.status == 1
    assert [row["key"] for row in ended.rows] == [unreadable, lost, unsigned]
    assert "signed, " in ended.rows[1]["problem"]
    assert "; stk paid: Paid" in ended.rows[1]["problem"]
    assert ended.rows[2]["problem"].startswith("unsigned, ")
    assert "Waiting for a person: 3. Waiting for the next reconcile: 1." in run("reconcile", "--look").out


def test_look_names_callbacks_that_cannot_be_read(run: Run, setup: Setup) -> None:
    setup.checkout.receive(setup.callback(setup.asked("ORD-1"), "paid").body.replace(b"ws_CO", b"ws_XX"), token=None)
    setup.execute("UPDATE daraja_payments_callbacks SET purpose = 'another'")
    ended = run("reconcile", "--look")
    assert ended.status == 1
    assert "callback" in ended.out


def test_a_payment_without_a_result_waits_for_a_person(run: Run, setup: Setup) -> None:
    payment = setup.asked("ORD-1")
    gone = attrs.evolve(payment, status=Status.UNCONFIRMED, next_check_at=None, version=payment.version + 1)
    setup.swap(payment, gone)
    assert of(run("payment", "ORD-1").out, "problem") == "no result came"
    assert run("payments", "--status", "unconfirmed").status == 0


def test_reconcile_lists_what_a_person_has_to_look_at(run: Run, setup: Setup) -> None:
    payment = setup.confirmed(setup.asked("ORD-1"), amount=499)
    setup.checkout.receive(b"{}", token=None)
    setup.checkout.receive(setup.callback(payment, "paid").body.replace(b"ws_CO", b"ws_XX"), token=None)
    ended = run("reconcile", "--no-fulfilment")
    assert ended.status == 1
    assert "contradiction: amount=499, not 500" in " ".join(ended.out.split())
    assert of(ended.out, "conflicts") == "1", "people read how many; a program gets the keys"
    assert f"\n{payment.key}  " in ended.out
    assert "daraja-kit payment KEY" in ended.out
    assert "daraja-kit dismiss ID" in ended.out
    (report,) = run("reconcile", "--no-fulfilment", "--json").rows
    assert report["conflicts"] == [payment.key]
    (unmatched,) = report["unmatched"]
    assert unmatched in run("reconcile", "--look").out
    closed = run("dismiss", unmatched, "--note", "a guess", "--json")
    assert (closed.status, closed.rows) == (0, [{"closed": 1}])
    assert run("reconcile", "--no-fulfilment", "--json").rows[0].get("unmatched") is None


def test_dismiss_closes_all_old_unsigned_callbacks(run: Run, setup: Setup) -> None:
    setup.checkout.receive(setup.callback(setup.asked("ORD-1"), "paid").body.replace(b"ws_CO", b"ws_XX"), token=None)
    assert run("dismiss", "--unsigned", "0", "--note", "guesses", "--json").rows == [{"closed": 1}]
    assert run("dismiss", "--note", "guesses").status == 2
    for wrong in ("nan", "-1", "1e300"):
        ended = run("dismiss", "--unsigned", wrong, "--note", "guesses")
        assert ended.status == 2
        assert "Invalid value for '--unsigned'" in ended.err


def test_a_run_that_fails_is_a_sentence(run: Run, setup: Setup) -> None:
    setup.asked("ORD-1")
    setup.execute("DROP TABLE daraja_payments_callbacks")
    ended = run("reconcile", "--no-fulfilment")
    assert ended.status == 1
    assert ended.err.startswith("Error: the run failed: The store of payments failed: ")


def test_rows_that_cannot_be_read_are_listed(run: Run, setup: Setup) -> None:
    payment = setup.paid("ORD-1")
    setup.execute("UPDATE daraja_payments SET facts = 'another form'")
    (row,) = run("payments", "--json").rows
    assert (row["key"], row["status"]) == (payment.key, "unreadable")
    assert "unreadable" in run("payments").out


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ((), "Name the store: --store"),
        (("--store", "sqlite:///none.db"), "There is no file none.db."),
        (("--store", "postgresql://shop:secret@db/shop"), "sees a password in an argument"),
        (("--store", "postgresql://db/shop?password=secret"), "sees a password in an argument"),
        (("--store", "postgresql://db/shop?sslpassword=secret"), "sees a password in an argument"),
        (("--store", "postgresql://[db/shop?sslmode=require"), "cannot be used"),
        (("--store", "postgresql://[db/shop"), "cannot be used"),
        (("--store", "mysql://db/shop"), "that is no address of a database"),
        (("--checkout", "no_such_shop:checkout"), "No module named 'no_such_shop'"),
        (("--checkout", "my_shop"), "cannot be loaded"),
        (("--checkout", "my_shop:nothing"), "has no attribute 'nothing'"),
        (("--checkout", "daraja.django:checkout"), "DJANGO_SETTINGS_MODULE"),
        (("--checkout", "my_shop:number"), "my_shop:number is int; name a daraja.Checkout"),
    ],
)
def test_a_store_that_cannot_be_used_is_named(
    run: Run, shop: str, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...], words: str
) -> None:
    del shop  # its module is there
    if not options or options[0] == "--store":
        monkeypatch.delenv("MPESA_STORE")
    ended = run("payments", *options)
    assert ended.status == 2
    assert words in " ".join(ended.err.split())
    assert "secret" not in ended.err


@pytest.mark.usefixtures("shop")
def test_a_checkout_whose_settings_are_missing_names_them(run: Run) -> None:
    ended = run("payments", "--checkout", "my_shop:make_in_no_environment")
    assert ended.status != 0
    assert "consumer_key: is missing" in ended.err


def test_a_checkout_can_be_made_by_a_function(
    run: Run, setup: Setup, shop: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    del shop
    setup.paid("ORD-1")
    monkeypatch.setenv("MPESA_CHECKOUT", "my_shop:make")
    assert "ORD-1" in run("payments").out


def test_sqlalchemy_is_asked_for(run: Run, setup: Setup, monkeypatch: pytest.MonkeyPatch) -> None:
    setup.asked("ORD-1")
    monkeypatch.setitem(sys.modules, "daraja.stores.sql", None)
    ended = run("payments")
    assert ended.status == 2
    assert "daraja.stores.sql" in ended.err


def test_the_doctor_checks_the_store(run: Run, setup: Setup, monkeypatch: pytest.MonkeyPatch) -> None:
    setup.asked("ORD-1")
    states = {row["words"]: row["state"] for row in run("doctor", "--json").rows if row["check"] == "store"}
    account = Account.of(setup.config).words
    assert states == {f"can be read; open payments of {account}: 1": "good"}
    monkeypatch.setenv("MPESA_BUSINESS_SHORTCODE", "600222")
    assert "1 open payments belong to another shortcode" in " ".join(run("doctor").out.split())
    setup.execute("DROP TABLE daraja_schema")
    ended = run("doctor")
    assert ended.status == 1
    assert "the database has no tables of daraja" in " ".join(ended.out.split())
