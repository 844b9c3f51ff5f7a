"""What all requests of an API user check before they are sent, and where their results go."""

from typing import Any

import pytest

from daraja import Bulk, Daraja, PayBill, Till
from daraja.config import Business
from daraja.errors import ConfigurationError, InvalidInput, OutcomeUnknown
from daraja.testing import ManualClock
from tests.support.leaks import everything_shown
from tests.support.operations import ACKNOWLEDGED, BY_INITIATOR, CASES, Case, case_of, organisation
from tests.support.scripted import ScriptedTransport, answer, token

BY_AN_INITIATOR = [case for case in CASES if isinstance(case.sent, dict) and case.sent.items() >= BY_INITIATOR.items()]
PAYING = [case for case in BY_AN_INITIATOR if not case.repeatable]


def named(value: object) -> str | None:
    return value.method if isinstance(value, Case) else None


def client(**settings: Any) -> tuple[Daraja, ScriptedTransport]:  # noqa: ANN401 - settings of many types
    transport = ScriptedTransport([token(), answer(200, ACKNOWLEDGED)])
    return Daraja(organisation(**settings), transport=transport, clock=ManualClock()), transport


@pytest.mark.parametrize("case", BY_AN_INITIATOR, ids=named)
def test_without_an_initiator_nothing_is_sent_and_the_error_names_the_variables(case: Case) -> None:
    daraja, transport = client(initiator=None)

    with pytest.raises(ConfigurationError) as caught:
        case.ask(daraja)
    assert "MPESA_INITIATOR_NAME" in caught.value.faults["name"]
    for variable in ("MPESA_SECURITY_CREDENTIAL", "MPESA_INITIATOR_PASSWORD", "MPESA_CERTIFICATE"):
        assert variable in caught.value.faults["security_credential"]
    assert transport.requests == []


@pytest.mark.parametrize("case", PAYING, ids=named)
def test_in_production_money_leaves_only_once_payouts_are_on(case: Case) -> None:
    daraja, transport = client(environment="production", payouts="off")
    with pytest.raises(ConfigurationError, match=r"payouts: is off.*MPESA_PAYOUTS; for example on"):
        case.ask(daraja)
    assert transport.requests == []

    daraja, transport = client(environment="production", payouts="on")
    case.ask(daraja)
    assert len(transport.requests) == 2


def test_a_question_may_be_asked_in_production_with_payouts_off() -> None:
    daraja, transport = client(environment="production", payouts="off")
    daraja.account_balance()

    assert len(transport.requests) == 2


def test_without_any_address_nothing_is_sent_and_the_error_names_the_variable() -> None:
    daraja, transport = client(business=Bulk("600996"), callback_url="", results_url="")

    with pytest.raises(ConfigurationError, match=r"results_url: is missing.*MPESA_RESULTS_URL"):
        daraja.account_balance(result_url="https://shop.example/mine/")
    assert transport.requests == []


def test_two_addresses_of_the_caller_need_none_in_the_settings() -> None:
    daraja, transport = client(business=Bulk("600996"), callback_url="", results_url="")
    daraja.account_balance(result_url="https://shop.example/result/9/", timeout_url="https://shop.example/late/9/")

    assert transport.sent()["ResultURL"] == "https://shop.example/result/9/"
    assert transport.sent()["QueueTimeOutURL"] == "https://shop.example/late/9/"


def test_results_go_to_the_callback_address_where_there_is_no_other() -> None:
    daraja, transport = client(callback_url="https://shop.example/payments?shop=1", results_url="")
    daraja.account_balance()

    assert transport.sent()["ResultURL"] == "https://shop.example/payments/result/?shop=1"
    assert transport.sent()["QueueTimeOutURL"] == "https://shop.example/payments/timeout/?shop=1"


def test_an_address_that_safaricom_cannot_call_is_not_sent() -> None:
    daraja, transport = client(environment="production")

    with pytest.raises(InvalidInput) as caught:
        daraja.account_balance(result_url="http://shop.example/a", timeout_url="https://127.0.0.1/a-token-of-mine")
    assert set(caught.value.faults) == {"result_url", "timeout_url"}
    assert "a-token-of-mine" not in everything_shown(caught.value)
    assert transport.requests == []


def test_one_address_for_both_is_not_sent_since_a_time_out_is_no_result() -> None:
    daraja, transport = client()

    with pytest.raises(InvalidInput, match="timeout_url: is the same as result_url"):
        daraja.account_balance(result_url="https://shop.example/a/", timeout_url="https://shop.example/a/")
    assert transport.requests == []


@pytest.mark.parametrize("business", [PayBill("600111"), Bulk("600111")])
def test_a_shortcode_without_a_passkey_can_pay_out_and_ask(business: Business) -> None:
    for case in BY_AN_INITIATOR:
        daraja, transport = client(business=business)
        case.ask(daraja)
        assert len(transport.requests) == 2


def test_the_shortcode_that_pays_out_pays_and_asks() -> None:
    for method, field in [("account_balance", "PartyA"), ("transaction_status", "PartyA"), ("b2c_payment", "PartyA")]:
        daraja, transport = client(bulk=Bulk("600996"))
        case_of(method).ask(daraja)
        assert transport.sent()[field] == "600996"


def test_another_shortcode_can_be_named_for_one_request() -> None:
    for case in BY_AN_INITIATOR:
        daraja, transport = client()
        getattr(daraja, case.method)(**{**case.given, "shortcode": "600777"})
        assert "600777" in transport.sent().values()


def test_a_till_is_asked_about_under_its_own_number() -> None:
    till = Till(store="600222", till="5050505")
    daraja, transport = client(business=till)
    daraja.account_balance()
    assert (transport.sent()["PartyA"], transport.sent()["IdentifierType"]) == ("5050505", "2")

    daraja, transport = client(business=till)
    daraja.account_balance(shortcode="600222")
    assert (transport.sent()["PartyA"], transport.sent()["IdentifierType"]) == ("600222", "4")


def test_a_till_with_a_bulk_shortcode_asks_about_the_shortcode_that_pays_out() -> None:
    for shortcode, party in ((None, ("600996", "4")), ("5050505", ("5050505", "2")), ("600222", ("600222", "4"))):
        for method in ("account_balance", "transaction_status"):
            daraja, transport = client(business=Till(store="600222", till="5050505"), bulk=Bulk("600996"))
            getattr(daraja, method)(**{**case_of(method).given, "shortcode": shortcode})
            assert (transport.sent()["PartyA"], transport.sent()["IdentifierType"]) == party


def test_an_amount_above_the_highest_payout_of_the_settings_is_not_sent() -> None:
    daraja, transport = client(payout_max=10_000)

    with pytest.raises(InvalidInput, match=r"10,001 is above 10,000 KES.*MPESA_PAYOUT_MAX"):
        daraja.b2c_payment(to="0712345678", amount=10_001, originator_conversation_id="a")
    assert transport.requests == []
    daraja.b2c_payment(to="0712345678", amount=10_000, originator_conversation_id="a")


@pytest.mark.parametrize("remarks", ["", " ", "x", "x" * 101, "50% off", "Salary \U0001f600", None, 7])
def test_remarks_have_2_to_100_plain_characters(remarks: str) -> None:
    daraja, transport = client()

    with pytest.raises(InvalidInput, match="remarks"):
        daraja.account_balance(remarks=remarks)
    assert transport.requests == []


def test_an_acknowledgement_without_an_id_is_ambiguous() -> None:
    transport = ScriptedTransport([token(), answer(200, {"ResponseCode": "0", "ConversationID": ""})])
    daraja = Daraja(organisation(), transport=transport, clock=ManualClock())

    with pytest.raises(OutcomeUnknown, match="lacks a necessary field"):
        daraja.b2c_payment(to="0712345678", amount=10, originator_conversation_id="a")


def test_an_acknowledgement_gives_both_ids() -> None:
    daraja, _ = client()
    accepted = daraja.account_balance()

    assert accepted.originator_conversation_id == "16740-34861180-1"
    assert accepted.conversation_id == "AG_20260115_2010325b025970fbc403"
    assert accepted.description == "Accept the service request successfully."


def test_an_id_that_holds_a_number_is_masked() -> None:
    answered = {"ResponseCode": 0, "OriginatorConversationID": "254712345678"}
    transport = ScriptedTransport([token(), answer(200, answered)])
    accepted = Daraja(organisation(), transport=transport, clock=ManualClock()).account_balance()

    assert accepted.originator_conversation_id == "254712345678"
    assert "originator_conversation_id='2547*****678', conversation_id=None" in repr(accepted)
