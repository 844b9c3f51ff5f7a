"""The public names: all exist, each is loaded at its first use, and the import does nothing."""

import importlib.metadata
import json
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Final

import pytest

import daraja

PUBLIC: Final = {
    "Accepted",
    "AccountBalance",
    "AsyncCheckout",
    "AsyncDaraja",
    "B2bExpress",
    "B2bPayment",
    "B2bResult",
    "B2cPayment",
    "B2cResult",
    "B2cTopUp",
    "Balance",
    "BalanceResult",
    "BillAcknowledge",
    "BillAnswer",
    "BillCancel",
    "BillInvoice",
    "BillInvoices",
    "BillOptIn",
    "BillUpdate",
    "BillerKey",
    "BongaPoints",
    "BongaRedeem",
    "BongaValue",
    "Bulk",
    "C2bRegister",
    "C2bSimulate",
    "Charge",
    "Checkout",
    "Config",
    "CustomerName",
    "Daraja",
    "DynamicQr",
    "Environment",
    "Event",
    "Explanation",
    "ExpressResult",
    "FloatTransfer",
    "Hakikisha",
    "IncomingPayment",
    "Initiator",
    "Invoice",
    "InvoiceItem",
    "LastSwap",
    "Order",
    "Organisation",
    "OrganisationInfo",
    "Outcome",
    "Party",
    "PayBill",
    "Payment",
    "PochiPayment",
    "PromptAccepted",
    "PullPage",
    "PullRegister",
    "PullTransactions",
    "QrCode",
    "Registered",
    "Result",
    "Reversal",
    "ReversalResult",
    "SAFARICOM_ADDRESSES",
    "Secret",
    "SimSwap",
    "StandingOrder",
    "StandingOrderResult",
    "Statement",
    "StatementRow",
    "Status",
    "StatusResult",
    "StkCallback",
    "StkPush",
    "StkPushResponse",
    "StkQuery",
    "StkQueryResponse",
    "TaxPayment",
    "Till",
    "TimeoutNotice",
    "TransactionStatus",
    "AsyncReceipts",
    "Receipts",
    "Receipt",
    "Expectation",
    "Rejection",
    "__version__",
    "account_number",
    "client_ip",
    "client_network",
    "errors",
    "explain",
    "is_account_number",
    "mask_phone",
    "normalise_phone",
    "parse_incoming",
    "parse_result",
    "parse_stk_callback",
    "parse_timeout",
    "read_statement",
    "security_credential",
    "short_reference",
    "stk_password",
    "stk_timestamp",
    "Approval",
    "AsyncPayouts",
    "Caps",
    "Payout",
    "PayoutStatus",
    "Payouts",
    "to",
}
HEAVY: Final = ["asyncio", "cryptography", "daraja.client", "httpx2", "requests", "sqlalchemy", "ssl", "urllib3"]
LOADING: Final = {
    "AsyncCheckout",
    "AsyncDaraja",
    "AsyncPayouts",
    "AsyncReceipts",
    "Checkout",
    "Daraja",
    "Payouts",
    "Receipts",
    "security_credential",
}
"""The client, which is large, and what needs cryptography."""
ALONE: Final = """
import json, sys

names, heavy = json.loads(sys.argv[1])
loaded = {}
for name in names:
    for module in [module for module in sys.modules if module.partition(".")[0] == "daraja"]:
        del sys.modules[module]
    exec(f"from daraja import {name}")
    assert getattr(sys.modules["daraja"], name) is globals()[name], name
    loaded[name] = sorted(set(heavy) & set(sys.modules))
print(json.dumps(loaded))
"""
"""Imports each name as the first of the library, and prints the heavy modules that are loaded by then."""
ASYNC: Final = {"asyncio", "daraja.aio.client", "daraja.client", "ssl"}
"""What async code cannot do without; asyncio loads ssl."""


def in_a_fresh_process(program: str, *arguments: str, watched: bool = True) -> subprocess.CompletedProcess[str]:
    """Run a program, by default with coverage, which loads modules of its own."""
    environ = {name: value for name, value in os.environ.items() if watched or not name.startswith("COVERAGE_")}
    command = [sys.executable, "-W", "error", "-c", program, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=240, env=environ)


def loaded_by(statement: str) -> set[str]:
    """Return the names of all modules that are loaded after *statement*."""
    program = f"import sys\n{statement}\nimport json\nprint(json.dumps(sorted(sys.modules)))"
    run = in_a_fresh_process(program, watched=False)
    return set(json.loads(run.stdout))


def loaded_alone(names: set[str]) -> dict[str, list[str]]:
    """Return the heavy modules that are loaded after each name was the first of the library to be imported."""
    loaded: dict[str, list[str]] = json.loads(
        in_a_fresh_process(ALONE, json.dumps([sorted(names), HEAVY]), watched=False).stdout
    )
    assert loaded.keys() == names
    return loaded


def test_these_names_are_public_and_no_others() -> None:
    assert sorted(vars(daraja)["__all__"]) == sorted(PUBLIC)


@pytest.mark.parametrize("name", sorted(PUBLIC))
def test_each_name_exists_and_is_listed(name: str) -> None:
    assert getattr(daraja, name) is getattr(daraja, name)
    assert name in dir(daraja)


def test_every_module_can_be_imported_first_and_loads_nothing_heavy() -> None:
    assert {name: heavy for name, heavy in loaded_alone(PUBLIC - LOADING).items() if heavy} == {}


def test_a_heavy_module_can_be_imported_first() -> None:
    assert loaded_alone(LOADING)["security_credential"]


@pytest.mark.parametrize("name", sorted(PUBLIC - {"__version__"}))
def test_each_name_is_documented(name: str) -> None:
    assert getattr(daraja, name).__doc__


def test_all_names_can_be_imported_with_a_star() -> None:
    names = sorted(PUBLIC)
    in_a_fresh_process(f"from daraja import *\nmissing = set({names}) - set(globals())\nassert not missing, missing")


@pytest.mark.parametrize("name", ["Chekout", "daraja", "_private", "config_", ""])
def test_an_unknown_name_is_an_attribute_error(name: str) -> None:
    with pytest.raises(AttributeError, match=f"^module 'daraja' has no attribute '{name}'$"):
        getattr(daraja, name)
    assert not hasattr(daraja, name)


def test_an_unknown_name_cannot_be_imported() -> None:
    with pytest.raises(ImportError, match="cannot import name 'Chekout' from 'daraja'"):
        from daraja import Chekout  # type: ignore[attr-defined]  # noqa: F401, PLC0415 - that is the test


@pytest.fixture
def shadowed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let another module stand where the client is, as after an installation over it."""
    monkeypatch.setitem(sys.modules, "daraja.client", ModuleType("daraja.client"))
    monkeypatch.delitem(vars(daraja), "Daraja", raising=False)


@pytest.mark.usefixtures("shadowed")
def test_a_distribution_that_overwrites_ours_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    information = tmp_path / "daraja_sdk_py-2.0.0.dist-info"
    information.mkdir()
    (information / "METADATA").write_text("Metadata-Version: 2.1\nName: daraja-sdk-py\nVersion: 2.0.0\n")
    (information / "top_level.txt").write_text("daraja\n")
    monkeypatch.syspath_prepend(tmp_path)

    with pytest.raises(ImportError, match=r"^daraja-sdk-py has .* pip uninstall daraja-kit daraja-sdk-py, and then"):
        str(daraja.Daraja)


@pytest.mark.usefixtures("shadowed")
def test_where_ours_is_the_only_one_an_import_that_fails_says_why() -> None:
    with pytest.raises(AttributeError, match="Daraja"):
        str(daraja.Daraja)


def test_importing_the_package_loads_none_of_it() -> None:
    loaded = loaded_by("import daraja")
    assert {name for name in loaded if name.startswith("daraja")} == {"daraja"}
    assert loaded.isdisjoint([*HEAVY, "attr"])


def test_reading_callbacks_loads_no_client() -> None:
    loaded = loaded_by("from daraja import parse_stk_callback")
    assert "daraja.api.stk.callback" in loaded
    assert loaded.isdisjoint(HEAVY)


@pytest.mark.parametrize("name", ["Checkout", "Daraja"])
def test_requests_is_loaded_when_the_client_is_made(name: str) -> None:
    loaded = loaded_by(f"from daraja import {name}")
    assert "daraja.client" in loaded
    assert loaded.isdisjoint({*HEAVY} - {"daraja.client"})


@pytest.mark.parametrize("name", ["AsyncCheckout", "AsyncDaraja"])
def test_httpx2_is_loaded_when_the_async_client_is_made(name: str) -> None:
    loaded = loaded_by(f"from daraja import {name}")
    assert loaded >= ASYNC
    assert loaded.isdisjoint({*HEAVY} - ASYNC)


@pytest.mark.parametrize("name", ["AsyncDaraja", "Daraja"])
def test_the_client_loads_no_product_but_m_pesa_express(name: str) -> None:
    products = {each for each in loaded_by(f"from daraja import {name}") if each.startswith("daraja.api.")}
    assert {"daraja.api.stk.push", "daraja.api.stk.query"} <= products
    # Every product reads its callbacks with ``unwrap`` and what that needs; they belong to none.
    shared = {"daraja.api.addresses", "daraja.api.amounts", "daraja.api.parameters", "daraja.api.unwrap"}
    assert {each for each in products if not each.startswith("daraja.api.stk")} <= shared


def test_modules_that_are_public_names_are_loaded_at_first_use(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = daraja.to
    monkeypatch.delattr(daraja, "to")
    assert daraja.to is loaded


def test_a_store_in_memory_loads_no_database() -> None:
    assert "sqlalchemy" not in loaded_by("from daraja.stores import MemoryStore")


def test_a_security_credential_loads_cryptography() -> None:
    assert "cryptography" in loaded_by("from daraja import security_credential")


def test_nothing_is_printed_logged_or_set_up_on_import() -> None:
    run = in_a_fresh_process(
        """
import logging, os, signal, socket, sys, threading, warnings

def fail(event, arguments):
    assert event not in {"socket.connect", "socket.getaddrinfo", "subprocess.Popen", "os.fork"}, event

sys.addaudithook(fail)
before = dict(os.environ), list(warnings.filters), signal.getsignal(signal.SIGINT)
logging.getLogger().setLevel(logging.DEBUG)
from daraja import *
assert (dict(os.environ), list(warnings.filters), signal.getsignal(signal.SIGINT)) == before
named = {name: logger for name, logger in logging.root.manager.loggerDict.items() if name.split(".")[0] == "daraja"}
assert logging.root.handlers == []
loggers = [logger for logger in named.values() if isinstance(logger, logging.Logger)]
assert all(logger.handlers == [] and logger.level == 0 for logger in loggers)
assert threading.active_count() == 1
""",
        watched=False,
    )
    assert (run.stdout, run.stderr) == ("", "")


def test_the_version_is_that_of_the_installed_distribution() -> None:
    try:
        installed = importlib.metadata.version("daraja-kit")
    except importlib.metadata.PackageNotFoundError:
        pytest.skip("daraja runs from its source here")
    assert daraja.__version__ == installed
