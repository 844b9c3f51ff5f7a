"""A kit for testing shops: a local Daraja in each test, callbacks into its views, assertions that explain themselves.

Install ``daraja-kit[testing]``, and pytest finds the fixtures by itself; none of it is loaded before a test uses one.
A test that has ``daraja_simulator``, itself or through ``daraja_client`` or ``daraja_checkout``, talks to a local
Daraja. That answers what ``requests`` sends, and what httpx2 sends in async code. No socket is opened, and a request to
any other address is an error. So such tests run in CI without a network and without an account. A sale, from the push
to the money::

    # test_sale.py
    from daraja.testing import assert_not_paid, assert_paid_once, assert_pushed


    def test_a_customer_pays(daraja_simulator, daraja_checkout):
        payment = daraja_checkout.start(phone="0712345678", amount=500, reference="ORD-1")
        assert_pushed(daraja_simulator, phone="0712345678", amount=500, reference="ORD-1")
        daraja_simulator.pay("0712345678")
        assert_paid_once(daraja_checkout, payment)


    def test_a_customer_walks_away(daraja_simulator, daraja_checkout):
        payment = daraja_checkout.start(phone="0712345678", amount=500, reference="ORD-1")
        daraja_simulator.advance(seconds=30)
        assert assert_not_paid(daraja_checkout, payment).status == "timeout"

Your own shop
=============

A shop makes its client and its checkout itself, from settings that it is given. For example::

    # myshop.py
    import flask

    from daraja import Checkout, Daraja
    from daraja.stores import MemoryStore


    def create_app(config, clock=None):
        app = flask.Flask(__name__)
        app.checkout = Checkout(Daraja(config, clock=clock), MemoryStore())

        @app.post("/pay/")
        def pay():
            phone = flask.request.form["phone"]
            return app.checkout.start(phone=phone, amount=500, reference="ORD-1").key

        @app.post("/payments/callback/<token>/")
        def callback(token):
            reply = app.checkout.receive(flask.request.get_data(), token=token)
            return flask.Response(reply.body, reply.status_code, content_type=reply.content_type)

        return app

``daraja_config`` has settings for it. Override it with the shop's own settings if you like: the simulator stands at
the address that they name, the sandbox's as well. ``daraja_deliver`` says where callbacks go::

    # conftest.py
    import pytest

    from daraja.testing import deliver_to
    from myshop import create_app


    @pytest.fixture
    def app(daraja_config, daraja_clock):
        return create_app(daraja_config, clock=daraja_clock)


    @pytest.fixture
    def client(app):
        return app.test_client()


    @pytest.fixture
    def daraja_deliver(client):
        return deliver_to(client)

What the customer does on the phone then reaches the view, as Safaricom's callbacks do: without a login::

    # test_shop.py
    from daraja.testing import assert_not_paid, assert_paid_once


    def test_an_order_is_paid_once_however_often_safaricom_says_so(app, client, daraja_simulator):
        key = client.post("/pay/", data={"phone": "0712 345 678"}).text
        with daraja_simulator.hold():
            daraja_simulator.pay("0712345678")
            assert daraja_simulator.deliver(times=3) == 3
        assert_paid_once(app.checkout, key)


    def test_an_order_whose_customer_paid_too_little_waits_for_a_person(app, client, daraja_simulator, daraja_callback):
        key = client.post("/pay/", data={"phone": "0712 345 678"}).text
        callback = daraja_callback(app.checkout.payment(key), amount=499)
        assert callback.send(client).status_code == 200
        assert assert_not_paid(app.checkout, key).needs_review

``client`` may also be Django's (pytest-django's fixture of that name), Django REST framework's ``APIClient``, or the
``TestClient`` of FastAPI and Starlette. For ``unittest`` there is ``DarajaTestCase``.
A project with ``daraja.django`` has the fixture ``daraja_django``, and ``daraja.testing.django.DarajaTestCase`` for
Django's own test runner.

Some phone numbers, such as 254700001032, decide by themselves how a push ends: see
``daraja.simulator.products.stk.scenarios``. For a day on which nothing works there is ``respond_with``, and
``requests`` lists what the shop sent::

    # test_bad_day.py
    import pytest

    from daraja.errors import NotSent


    def test_daraja_is_down(daraja_simulator, daraja_checkout):
        daraja_simulator.respond_with(NotSent("no connection came about"))
        with pytest.raises(NotSent):
            daraja_checkout.start(phone="0712345678", amount=500, reference="ORD-1")
        assert {request.url.rpartition("/")[2] for request in daraja_simulator.requests} == {
            "generate?grant_type=client_credentials"
        }

The clock begins at the time of day, so that a shop works that reads the machine's clock. But such a shop really waits
where it has to: over two seconds for 254700008032. A shop that is given ``daraja_clock``, as above, never sleeps, and
``daraja_simulator.advance(seconds=90)`` ends its waits.

A client that the shop keeps for its whole process brings the access token of an earlier test. The engines of this kit
accept it. An ``Engine`` of your own refuses it once, as Safaricom refuses a token that has ended.

Money that goes out
===================

The local Daraja knows every product, and keeps accounts. It knows one operator, ``sample_initiator()``::

    # test_payouts.py
    import pytest

    from daraja import parse_result
    from daraja.testing import assert_paid_out, b2c_result, sample_config, sample_initiator


    @pytest.fixture
    def daraja_config():
        return sample_config(initiator=sample_initiator(), results_url="https://shop.example/results/")


    def test_a_payout_leaves_the_utility_account(daraja_simulator, daraja_client):
        daraja_client.b2c_payment(to="0712345678", amount=500, originator_conversation_id="payout-1")
        daraja_simulator.advance(seconds=5)
        assert_paid_out(daraja_simulator, to="0712345678", amount=500)
        assert daraja_simulator.balances("174379")["Utility Account"] == 999_500


    def test_a_result_is_read():
        assert parse_result("b2c", b2c_result(2001).body).outcome == "failed"

``b2c_result`` and its neighbours make the result of every product and outcome, ``c2b_confirmation``,
``c2b_validation``, ``bill_payment`` and ``pull_record`` money that came in. ``send`` posts one to a view of yours, at
the path of its ``url``. ``daraja_simulator.pay_bill`` and ``buy_goods`` pay as customers do, unasked; ``balances`` and
``statement`` show the accounts.

An async shop
=============

Nothing is different for ``AsyncDaraja`` and ``AsyncCheckout``: what they send reaches ``daraja_simulator`` too, and the
``TestClient`` of FastAPI takes callbacks. For tests without a shop there are ``daraja_async_client`` and
``daraja_async_checkout``, with any plugin that runs ``async def`` tests or with none::

    # test_async_sale.py
    import asyncio

    from daraja.testing import assert_paid_once


    def test_a_customer_pays(daraja_simulator, daraja_async_checkout):
        payment = asyncio.run(daraja_async_checkout.start(phone="0712345678", amount=500, reference="ORD-1"))
        daraja_simulator.pay("0712345678")
        assert_paid_once(daraja_async_checkout, payment)

What a shop sends by other means still leaves the machine: httpx2 outside async code, aiohttp, ``urllib``.

The fixtures
============

Each can be overridden, as any fixture can. The arrow shows what a fixture is made of::

    daraja_business        who is paid: the sandbox's pay bill
    daraja_callback_url    where callbacks go
    daraja_clock           the time of the simulator and of the client, which a test moves
    daraja_store           an empty MemoryStore
    daraja_engine          what answers          <- daraja_business
    daraja_config          the settings          <- daraja_business, daraja_callback_url, (daraja_server)
    daraja_callback        makes callbacks       <- daraja_config
    daraja_deliver         who gets callbacks    <- (daraja_checkout or daraja_async_checkout), or nobody
    daraja_simulator       the local Daraja      <- requests_mock, daraja_config, daraja_engine, daraja_clock,
                                                    daraja_deliver
    daraja_server          the same over HTTP    <- daraja_engine, daraja_deliver
    daraja_client          a client              <- daraja_config, daraja_simulator or (daraja_server)
    daraja_checkout        a checkout            <- daraja_client, daraja_store
    daraja_async_client    a client              <- daraja_config, daraja_simulator or (daraja_server)
    daraja_async_checkout  a checkout            <- daraja_async_client, daraja_store
    daraja_django          that of the project   <- daraja_config, daraja_simulator or (daraja_server)

A fixture in brackets counts only in a test that has it. ``daraja_config`` alone is only settings: a shop that is made
from it reaches nothing, or the network, unless the test also has ``daraja_simulator`` or ``daraja_server``. The
simulator refuses settings of production. With ``daraja_server`` a test talks real HTTP at the time of day, and nothing
keeps it from the network. Its callbacks go to ``daraja_callback_url``, which has to be that of a running shop (with
pytest-django ``live_server.url + "/payments/callback/"``), or to ``daraja_deliver`` if that is overridden.
``daraja_callback`` is ``stk_callback`` with the settings of the test.

To make such parts without pytest, or in a fixture of your own, there are ``sample_config``, ``ManualClock`` and
``MountedDaraja``, which is a transport for both clients: ``Daraja(config, transport=mounted)``. ``mount_requests`` and
``mount_httpx2`` let it answer what a shop sends by itself.

Parts of your own
=================

To prove a store of payments, subclass ``StoreContract`` and ``FulfilmentContract``; to prove one of payouts or
receipts, subclass ``PayoutStoreContract`` or ``ReceiptStoreContract``. To prove a cache of access tokens, subclass
``TokenCacheContract``, or ``SharedTokenCacheContract`` if processes share it.
"""

from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from daraja.testing.adapters import MountedDaraja as MountedDaraja
    from daraja.testing.adapters import mount_httpx2 as mount_httpx2
    from daraja.testing.adapters import mount_requests as mount_requests
    from daraja.testing.assertions import assert_not_paid as assert_not_paid
    from daraja.testing.assertions import assert_not_pushed as assert_not_pushed
    from daraja.testing.assertions import assert_paid_once as assert_paid_once
    from daraja.testing.assertions import assert_pushed as assert_pushed
    from daraja.testing.callbacks import PostedCallback as PostedCallback
    from daraja.testing.callbacks import stk_callback as stk_callback
    from daraja.testing.case import DarajaTestCase as DarajaTestCase
    from daraja.testing.clock import ManualClock as ManualClock
    from daraja.testing.defaults import sample_config as sample_config
    from daraja.testing.defaults import sample_initiator as sample_initiator
    from daraja.testing.delivery import deliver_to as deliver_to
    from daraja.testing.incoming import bill_payment as bill_payment
    from daraja.testing.incoming import c2b_confirmation as c2b_confirmation
    from daraja.testing.incoming import c2b_validation as c2b_validation
    from daraja.testing.incoming import pull_record as pull_record
    from daraja.testing.payout_assertions import assert_not_paid_out as assert_not_paid_out
    from daraja.testing.payout_assertions import assert_paid_out as assert_paid_out
    from daraja.testing.payout_assertions import assert_reversed as assert_reversed
    from daraja.testing.payout_results import payout_result as payout_result
    from daraja.testing.prompt_results import express_result as express_result
    from daraja.testing.prompt_results import standing_order_result as standing_order_result
    from daraja.testing.results import b2b_result as b2b_result
    from daraja.testing.results import b2c_result as b2c_result
    from daraja.testing.results import balance_result as balance_result
    from daraja.testing.results import reversal_result as reversal_result
    from daraja.testing.results import status_result as status_result
    from daraja.testing.results import tax_result as tax_result
    from daraja.testing.results import timeout_notice as timeout_notice
    from daraja.testing.store_contract import FulfilmentContract as FulfilmentContract
    from daraja.testing.store_contract import PayoutStoreContract as PayoutStoreContract
    from daraja.testing.store_contract import ReceiptStoreContract as ReceiptStoreContract
    from daraja.testing.store_contract import StoreContract as StoreContract
    from daraja.testing.token_contract import SharedTokenCacheContract as SharedTokenCacheContract
    from daraja.testing.token_contract import TokenCacheContract as TokenCacheContract

_HOMES: Final = {
    "DarajaTestCase": "case",
    "FulfilmentContract": "store_contract",
    "ManualClock": "clock",
    "MountedDaraja": "adapters",
    "PostedCallback": "callbacks",
    "PayoutStoreContract": "store_contract",
    "SharedTokenCacheContract": "token_contract",
    "ReceiptStoreContract": "store_contract",
    "StoreContract": "store_contract",
    "TokenCacheContract": "token_contract",
    "assert_not_paid": "assertions",
    "assert_not_paid_out": "payout_assertions",
    "assert_not_pushed": "assertions",
    "assert_paid_once": "assertions",
    "assert_paid_out": "payout_assertions",
    "assert_pushed": "assertions",
    "assert_reversed": "payout_assertions",
    "b2b_result": "results",
    "b2c_result": "results",
    "balance_result": "results",
    "bill_payment": "incoming",
    "c2b_confirmation": "incoming",
    "c2b_validation": "incoming",
    "deliver_to": "delivery",
    "express_result": "prompt_results",
    "mount_httpx2": "adapters",
    "mount_requests": "adapters",
    "payout_result": "payout_results",
    "pull_record": "incoming",
    "reversal_result": "results",
    "sample_config": "defaults",
    "sample_initiator": "defaults",
    "standing_order_result": "prompt_results",
    "status_result": "results",
    "stk_callback": "callbacks",
    "tax_result": "results",
    "timeout_notice": "results",
}

_PYTEST: Final = "pytest", "pip install pytest"
# Not everybody who wants a clock has these.
_NEEDS: Final = {
    "DarajaTestCase": ("requests_mock", 'pip install "daraja-kit[testing]"'),
    "FulfilmentContract": _PYTEST,
    "PayoutStoreContract": _PYTEST,
    "SharedTokenCacheContract": _PYTEST,
    "ReceiptStoreContract": _PYTEST,
    "StoreContract": _PYTEST,
    "TokenCacheContract": _PYTEST,
}

if not TYPE_CHECKING:  # pragma: no branch - a type checker that saw this would believe in any name
    __all__ = list(_HOMES)

    def __getattr__(name: str) -> object:
        if name not in _HOMES:
            raise AttributeError(f"module 'daraja.testing' has no attribute {name!r}")
        package, advice = _NEEDS.get(name, ("daraja", ""))
        if find_spec(package) is None:
            raise ImportError(f"daraja.testing.{name} needs {package}; install it with: {advice}")
        value: object = getattr(import_module(f"daraja.testing.{_HOMES[name]}"), name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    # help() takes every name from here and would stumble over one that cannot be had.
    absent = {name for name, (package, _) in _NEEDS.items() if find_spec(package) is None}
    return sorted({*globals(), *_HOMES} - absent)
