"""The fixtures: found by themselves, loaded late, and each to be overridden."""

import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from threading import Thread
from typing import Any

import pytest
import requests
from flask import Flask, Response, request
from requests_mock import Mocker, NoMockAddress
from werkzeug.serving import make_server

from daraja import Checkout, Config, Daraja, Outcome, Till, testing
from daraja.http.messages import HttpRequest
from daraja.simulator import LocalDaraja
from daraja.stores import MemoryStore
from daraja.testing import ManualClock, PostedCallback, assert_paid_once, assert_pushed
from daraja.testing.adapters import MountedDaraja

PHONE = "254712345678"


def run(pytester: pytest.Pytester, test: str, conftest: str = "") -> dict[str, list[str]]:
    """Run the tests of a shop where every warning is an error, and give their names by what became of them."""
    pytester.makeconftest(conftest)
    pytester.makepyfile(test_shop=test)
    outcome = pytester.inline_run("-p", "no:cacheprovider", "-p", "no:django", "-W", "error")
    passed, skipped, failed = outcome.listoutcomes()
    reports = {"passed": passed, "skipped": skipped, "failed": failed}
    return {name: [report.nodeid.rpartition("::")[2] for report in some] for name, some in reports.items() if some}


def test_a_whole_sale(daraja_simulator: MountedDaraja, daraja_checkout: Checkout) -> None:
    payment = daraja_checkout.start(phone=PHONE, amount=500, reference="ORD-1")
    assert_pushed(daraja_simulator, phone=PHONE, amount=500, reference="ORD-1")
    daraja_simulator.pay(PHONE)
    assert_paid_once(daraja_checkout, payment)


def test_the_client_and_the_simulator_go_by_one_clock(
    daraja_simulator: MountedDaraja, daraja_checkout: Checkout, daraja_clock: ManualClock
) -> None:
    payment = daraja_checkout.start(phone="254700008001", amount=500, reference="ORD-1")
    before = daraja_clock.now()
    daraja_simulator.advance(seconds=90)
    report = daraja_checkout.reconcile()

    assert (daraja_clock.now() - before).total_seconds() == 90
    assert report.succeeded == 1
    assert_paid_once(daraja_checkout, payment)


def test_no_socket_is_opened_and_nothing_sleeps(
    monkeypatch: pytest.MonkeyPatch, daraja_simulator: MountedDaraja, daraja_checkout: Checkout
) -> None:
    def fail(*_: object, **__: object) -> None:
        pytest.fail("it opens a socket or sleeps")

    monkeypatch.setattr(socket, "socket", fail)
    monkeypatch.setattr(socket, "getaddrinfo", fail)
    monkeypatch.setattr(time, "sleep", fail)
    payment = daraja_checkout.start(phone="254700008031", amount=500, reference="ORD-1")  # the token is refused first
    daraja_simulator.advance(seconds=60)
    assert_paid_once(daraja_checkout, payment)


def test_callbacks_wait_if_no_receiver_is_named(daraja_simulator: MountedDaraja, daraja_client: Daraja) -> None:
    asked = daraja_client.stk_push(phone=PHONE, amount=1, reference="ORD-1")
    daraja_simulator.pay(PHONE)

    assert len(daraja_simulator.due()) == 1
    assert daraja_client.stk_query(asked.checkout_request_id).outcome is Outcome.PAID


def test_a_request_to_any_other_address_is_an_error(daraja_simulator: MountedDaraja, requests_mock: Mocker) -> None:
    with pytest.raises(NoMockAddress):
        requests.get("https://shop.example/", timeout=1)
    requests_mock.get("https://shop.example/", text="known to the test")

    assert requests.get("https://shop.example/", timeout=1).text == "known to the test"
    assert daraja_simulator.events == ()


def test_a_callback_is_signed_with_the_settings_of_the_test(
    daraja_checkout: Checkout, daraja_callback: Callable[..., PostedCallback]
) -> None:
    payment = daraja_checkout.start(phone=PHONE, amount=500, reference="ORD-1")
    reply = daraja_callback(payment, "cancelled").send(daraja_checkout)

    assert reply.status_code == 200
    assert reply.transition.after.result_code == "1032"


def test_a_server_is_talked_to_over_http(
    daraja_server: LocalDaraja, daraja_client: Daraja, daraja_config: Config
) -> None:
    asked = daraja_client.stk_push(phone=PHONE, amount=500, reference="ORD-1")
    daraja_server.pay(PHONE)

    assert daraja_config.environment.base_url == daraja_server.base_url
    assert daraja_client.stk_query(asked.checkout_request_id).outcome is Outcome.PAID
    assert_pushed(daraja_server, phone=PHONE, amount=500)


class TestServed:
    """A shop that runs on a port of its own, as with pytest-django's ``live_server``."""

    @pytest.fixture
    def live_shop(self) -> Iterator[Flask]:
        app = Flask("shop")
        server = make_server("127.0.0.1", 0, app, threaded=True)
        app.config["ADDRESS"] = f"http://127.0.0.1:{server.server_port}"
        serving = Thread(target=server.serve_forever, args=(0.01,))
        serving.start()
        yield app
        server.shutdown()
        serving.join()
        server.server_close()

    @pytest.fixture
    def daraja_callback_url(self, live_shop: Flask) -> str:
        return f"{live_shop.config['ADDRESS']}/payments/callback/"

    def test_callbacks_come_over_http(
        self, live_shop: Flask, daraja_server: LocalDaraja, daraja_checkout: Checkout
    ) -> None:
        def receive(token: str) -> Response:
            reply = daraja_checkout.receive(request.get_data(), token=token)
            return Response(reply.body, reply.status_code)

        live_shop.add_url_rule("/payments/callback/<token>/", view_func=receive, methods=["POST"])
        payment = daraja_checkout.start(phone=PHONE, amount=500, reference="ORD-1")
        daraja_server.pay(PHONE)

        assert_paid_once(daraja_checkout, payment)


@pytest.fixture
def own_business() -> Till:
    return Till(store="600222", till="5050505", passkey="a-passkey")


class TestOverridden:
    """Overridden one by one; the others follow."""

    @pytest.fixture
    def daraja_business(self, own_business: Till) -> Till:
        return own_business

    @pytest.fixture
    def daraja_callback_url(self) -> str:
        return "https://shop.example/heard/"

    @pytest.fixture
    def heard(self) -> list[HttpRequest]:
        return []

    @pytest.fixture
    def daraja_deliver(self, heard: list[HttpRequest]) -> Callable[[HttpRequest], object]:
        return heard.append

    @pytest.fixture
    def daraja_store(self) -> MemoryStore:
        return MemoryStore()

    def test_all_the_others_follow(
        self,
        daraja_simulator: MountedDaraja,
        daraja_checkout: Checkout,
        daraja_store: MemoryStore,
        heard: list[HttpRequest],
    ) -> None:
        payment = daraja_checkout.start(phone=PHONE, amount=500, reference="ORD-1")
        daraja_simulator.pay(PHONE)

        assert daraja_simulator.pushes[0].receiver == "5050505"
        assert daraja_store.load(payment.key) == payment
        assert heard[0].url.startswith(f"https://shop.example/heard/1a{payment.key}")


SHOP = """
import pytest
from daraja import Checkout, Config, Daraja, PayBill
from daraja.stores import MemoryStore
from daraja.testing import assert_paid_once, assert_pushed

@pytest.fixture
def daraja_config():
    return Config(
        consumer_key="key", consumer_secret="secret", business=PayBill("600111", passkey="a-passkey"),
        environment="sandbox", callback_url="https://shop.example/payments/callback/",
    )

@pytest.fixture
def daraja_business(daraja_config):
    return daraja_config.business
"""


def test_a_shop_s_own_settings_and_clock_are_accepted_without_a_warning(pytester: pytest.Pytester) -> None:
    test = """
from daraja import Checkout, Daraja
from daraja.stores import MemoryStore
from daraja.testing import assert_paid_once, assert_pushed, deliver_to
import pytest

@pytest.fixture
def checkout(daraja_config):
    return Checkout(Daraja(daraja_config), MemoryStore())  # at the machine's time

@pytest.fixture
def daraja_deliver(checkout):
    return deliver_to(checkout)

def test_a_sale(daraja_simulator, checkout):
    payment = checkout.start(phone="0712345678", amount=500, reference="ORD-1")
    daraja_simulator.pay("0712345678")
    assert_paid_once(checkout, payment)
    assert daraja_simulator.base_url == "https://sandbox.safaricom.co.ke"
"""
    assert run(pytester, test, SHOP) == {"passed": ["test_a_sale"]}


def test_a_callback_that_the_shop_does_not_take_fails_the_test_with_the_reason(pytester: pytest.Pytester) -> None:
    test = """
from daraja.testing import deliver_to
import flask
import pytest

@pytest.fixture
def daraja_deliver():
    return deliver_to(flask.Flask("shop").test_client())

def test_a_sale(daraja_simulator, daraja_checkout):
    daraja_checkout.start(phone="0712345678", amount=500, reference="ORD-1")
    with pytest.raises(AssertionError, match="no route of the shop takes this path"):
        daraja_simulator.pay("0712345678")
"""
    assert run(pytester, test) == {"passed": ["test_a_sale"]}


def test_a_shop_with_production_settings_gets_a_clear_error(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(SHOP.replace("sandbox", "production"))
    pytester.makepyfile("def test_a_sale(daraja_simulator): pass")
    run = pytester.inline_run("-p", "no:cacheprovider", "-p", "no:django", "-W", "error")

    [report] = [report for report in run.getreports("pytest_runtest_logreport") if report.failed]
    assert report.when == "setup"
    assert "is production, which no simulator stands in for" in report.longreprtext


def test_a_client_of_the_whole_process_finds_its_token_taken_in_each_test(pytester: pytest.Pytester) -> None:
    test = """
from daraja import Daraja
from daraja.simulator import EventKind
from daraja.testing import sample_config
import pytest

kept = Daraja(sample_config())

@pytest.mark.parametrize("phone", ["0712345678", "254700008031", "0712345678"])
def test_a_push(daraja_simulator, phone):
    kept.stk_push(phone=phone, amount=500, reference="ORD-1")
    refused = [event for event in daraja_simulator.events if event.kind is EventKind.REFUSED]
    assert len(refused) == (phone == "254700008031")
"""
    assert len(run(pytester, test)["passed"]) == 3


def test_requests_mock_may_be_reset(requests_mock: Mocker, daraja_client: Daraja) -> None:
    requests_mock.get("https://shop.example/", text="known to the test")
    requests_mock.reset_mock()
    assert daraja_client.stk_push(phone=PHONE, amount=1, reference="ORD-1").checkout_request_id


def test_the_simulator_and_the_server_exclude_each_other(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_both(daraja_simulator, daraja_server): pass")
    run = pytester.inline_run("-p", "no:cacheprovider", "-p", "no:django", "-W", "error")

    [report] = [report for report in run.getreports("pytest_runtest_logreport") if report.failed]
    assert "daraja_simulator or daraja_server, not both" in report.longreprtext


def loaded(program: str) -> set[str]:
    """Run a program of Python and give the names that it prints."""
    command = [sys.executable, "-W", "error", "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    return set(done.stdout.split())


HEAVY = {"attr", "cryptography", "hypothesis", "requests", "requests_mock", "sqlalchemy", "ssl", "urllib3"}


def test_the_plugin_loads_nothing_until_a_fixture_is_used() -> None:
    program = "import pytest, sys; before = set(sys.modules); import pytest_daraja_kit; "
    names = loaded(program + "print(*(set(sys.modules) - before))")

    assert {name for name in names if "daraja" in name} == {"pytest_daraja_kit"}
    assert names.isdisjoint(HEAVY)


def test_a_suite_without_shops_loads_nothing_of_it_and_gets_no_warning(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import sys

        def test_nothing_of_a_shop():
            assert {name for name in sys.modules if "daraja" in name} == {"pytest_daraja_kit"}
        """
    )
    run = pytester.runpytest_subprocess("-p", "no:django", "-p", "no:valkey", "-W", "error")
    run.assert_outcomes(passed=1)


def test_a_program_may_load_it_before_it_starts_pytest(pytester: pytest.Pytester) -> None:
    """As from the wheel, whose files pytest marks for the rewriting of assertions; an editable one lists none."""
    wheel = pytester.mkdir("installed") / "a_wheel-1.0.dist-info"
    wheel.mkdir()
    (wheel / "METADATA").write_text("Metadata-Version: 2.1\nName: a-wheel\nVersion: 1.0\n")
    (wheel / "RECORD").write_text("daraja/__init__.py,,\npytest_daraja_kit.py,,\n")
    (wheel / "entry_points.txt").write_text("[pytest11]\ndaraja = pytest_daraja_kit\n")
    pytester.makepyfile(
        test_shop="def test_a_push(daraja_client): daraja_client.stk_push(phone='0712345678', amount=1, reference='R')",
        run="""
            import sys
            import pytest
            from daraja import Config
            from daraja.testing import assert_pushed

            plain = ("-p", "no:django", "-p", "no:valkey", "-p", "no:cacheprovider")
            sys.exit(pytest.main(["-W", "error", *plain, "test_shop.py"]))
        """,
    )
    program = "import sys; sys.path.insert(0, 'installed'); import run"
    ended = pytester.run(sys.executable, "-c", program)
    assert (ended.ret, ended.errlines) == (0, [])
    ended.assert_outcomes(passed=1)


def test_a_clock_alone_loads_no_pytest_and_no_requests() -> None:
    names = loaded("from daraja.testing import ManualClock; import sys; print(*sys.modules)")
    assert names.isdisjoint({*HEAVY, "pytest"})


@pytest.mark.parametrize("name", ["assert_pushed", "deliver_to", "stk_callback"])
def test_a_factory_loads_neither_requests_mock_nor_a_framework(name: str) -> None:
    names = loaded(f"from daraja.testing import {name}; import sys; print(*sys.modules)")
    assert names.isdisjoint({"requests_mock", "pytest", "django", "flask", "fastapi", "starlette", "httpx2"})


def test_every_name_is_public_and_documented() -> None:
    for name in vars(testing)["__all__"]:
        value: Any = getattr(testing, name)  # Any: whatever it is
        assert value.__doc__
        assert name in dir(testing)


def test_without_requests_mock_the_simulator_says_what_to_install(pytester: pytest.Pytester) -> None:
    pytester.makeconftest("import sys; sys.modules['requests_mock'] = None")
    pytester.makepyfile("def test(daraja_simulator):\n    pass")
    run = pytester.runpytest_subprocess("-p", "no:django")

    run.stdout.fnmatch_lines(
        '*daraja_simulator needs requests-mock; install it with: pip install "daraja-kit[[]testing]"'
    )


CONTRACTS = {
    "StoreContract",
    "FulfilmentContract",
    "PayoutStoreContract",
    "ReceiptStoreContract",
    "TokenCacheContract",
    "SharedTokenCacheContract",
}


@pytest.mark.parametrize(
    ("package", "absent", "advice"),
    [
        (
            "pytest",
            CONTRACTS,
            "pip install pytest",
        ),
        ("requests_mock", {"DarajaTestCase"}, 'pip install "daraja-kit[testing]"'),
    ],
)
def test_without_a_package_help_tells_of_the_rest_and_an_import_says_what_to_install(
    package: str, absent: set[str], advice: str
) -> None:
    without = f"import sys; sys.modules[{package!r}] = None; from daraja import testing; "

    assert set(vars(testing)["__all__"]) - loaded(without + "print(*dir(testing))") == absent
    assert "FUNCTIONS" in loaded(without + "help(testing)")
    for name in absent:
        command = [sys.executable, "-c", f"{without}from daraja.testing import {name}"]
        failed = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
        assert failed.returncode == 1
        assert failed.stderr.splitlines()[-1].endswith(f"install it with: {advice}")


@pytest.mark.parametrize(
    "way",
    [("-m", "pytest"), pytest.param(("-c", "import pytest, sys; sys.exit(pytest.main())"), marks=pytest.mark.slow)],
)
@pytest.mark.parametrize("file", ["daraja/__init__.py", "daraja.py"])
def test_a_project_whose_own_package_is_called_daraja_runs_its_tests(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, file: str, way: tuple[str, str]
) -> None:
    own = pytester.path / file
    own.parent.mkdir(exist_ok=True)
    own.write_text("EXPRESS = 'paid'\n")
    pytester.makepyfile(
        test_own="""
        from daraja import EXPRESS

        def test_of_its_own():
            assert EXPRESS == "paid"

        def test_of_the_library(daraja_store):
            pass
        """
    )
    monkeypatch.setenv("PYTEST_ADDOPTS", "-p no:django -p no:valkey -W error")
    run = pytester.run(sys.executable, *way)
    run.assert_outcomes(passed=1, errors=1)
    said = f"`import daraja` finds {own} and not the library daraja-kit: rename that one to use these fixtures"
    assert said in run.stdout.str()
