"""Addresses are registered once, and a second time says so; payments are simulated only in the sandbox."""

import pytest

from daraja import C2bRegister, Till
from daraja.errors import ApiError, AuthenticationError, ConfigurationError, InvalidInput
from tests.support.asking import asked, client_for, sent_for
from tests.support.leaks import everything_shown
from tests.support.scripted import ScriptedAnswer, answer, refusal

TILL = Till(store="600222", till="5050505")
ADDRESSES = {"confirmation_url": "https://shop.example/paid/", "validation_url": "https://shop.example/allowed/"}
SOAP_409 = {
    "Envelope": {
        "Body": {
            "Fault": {
                "faultstring": "Execution of ServiceCallout SCO failed. Reason: ResponseCode 409 is treated as error",
                "detail": {"source": {"errorcode": "steps.servicecallout.ExecutionFailed"}},
            }
        }
    }
}


@pytest.mark.parametrize(
    "reply",
    [
        answer(200, {"OriginatorCoversationID": "1", "ResponseCode": "0", "ResponseDescription": "Success"}),
        answer(200, {"OriginatorCoversationID": "1", "ResponseCode": 0, "ResponseDescription": "Success"}),
        answer(200, {"ConversationID": "", "OriginatorCoversationID": "", "ResponseDescription": "success"}),
    ],
)
def test_addresses_are_registered(reply: ScriptedAnswer) -> None:
    assert asked("c2b_register", reply).already is False


@pytest.mark.parametrize(
    "reply",
    [
        refusal(500, "500.003.1001", "Urls are already registered."),
        refusal(500, "500.003.1001", "Duplicate notification info, SP ID is 1, correlator is 2"),
        answer(500, SOAP_409),
        answer(
            200,
            {"ConversationID": "", "ResponseDescription": "Validation and Confirmation URLs are already registered"},
        ),
    ],
)
def test_addresses_that_were_registered_before_are_no_error(reply: ScriptedAnswer) -> None:
    registered = asked("c2b_register", reply, reply, reply)

    assert registered.already is True
    assert registered.description


def test_a_refusal_of_another_kind_is_an_error() -> None:
    with pytest.raises(ApiError):
        asked("c2b_register", *[refusal(500, "500.003.1001", "Internal Server Error")] * 3)
    with pytest.raises(AuthenticationError, match="API product"):
        asked("c2b_register", refusal(401, "401.003.01", "Error Occurred - Invalid Access Token"))


def test_the_older_version_has_another_path() -> None:
    daraja, transport = client_for(answer(200, {"ResponseCode": "0", "ResponseDescription": "Success"}))
    daraja.c2b_register(**ADDRESSES, unanswered="Cancelled", version="v1")

    assert transport.requests[-1].url.endswith("/mpesa/c2b/v1/registerurl")
    assert transport.sent()["ResponseType"] == "Cancelled"


def test_every_fault_is_named_at_once_and_no_address_is_shown() -> None:
    with pytest.raises(InvalidInput) as caught:
        C2bRegister(
            confirmation_url=7,  # type: ignore[arg-type]  # wrong on purpose
            validation_url=None,  # type: ignore[arg-type]  # wrong on purpose
            unanswered="Complete",  # type: ignore[arg-type]  # wrong on purpose
            version="v3",  # type: ignore[arg-type]  # wrong on purpose
        )
    assert set(caught.value.faults) == {"confirmation_url", "validation_url", "unanswered", "version"}

    daraja, transport = client_for(environment="production")
    with pytest.raises(InvalidInput) as caught:
        daraja.c2b_register(confirmation_url="http://a.example.co.ke/my-token", validation_url="my-token")
    assert set(caught.value.faults) == {"confirmation_url", "validation_url"}
    assert "my-token" not in everything_shown(caught.value)
    assert transport.requests == []


def test_one_address_for_both_is_refused_since_a_validation_reads_like_a_confirmation() -> None:
    daraja, transport = client_for()

    with pytest.raises(InvalidInput, match="validation_url: is the same as confirmation_url; give two"):
        daraja.c2b_register(confirmation_url="https://shop.example/c2b/", validation_url="https://shop.example/c2b/")
    assert transport.requests == []


def test_a_customer_of_the_sandbox_types_up_to_20_characters() -> None:
    assert sent_for("c2b_simulate", reference="ORDER 2026-001 HOUSE")["BillRefNumber"] == "ORDER 2026-001 HOUSE"
    with pytest.raises(InvalidInput, match="reference"):
        sent_for("c2b_simulate", reference="ORDER 2026-001 HOUSES")


def test_a_till_gets_a_payment_without_an_account() -> None:
    sent = sent_for("c2b_simulate", settings={"business": TILL})

    assert (sent["ShortCode"], sent["CommandID"]) == (600222, "CustomerBuyGoodsOnline")
    assert sent["BillRefNumber"] is None


def test_nothing_is_simulated_in_production() -> None:
    daraja, transport = client_for(environment="production")

    with pytest.raises(ConfigurationError, match="environment: is production, where no payment is simulated"):
        daraja.c2b_simulate(phone="0712345678", amount=1, reference="A")
    assert transport.requests == []


def test_the_id_of_a_simulated_payment_is_read_in_its_odd_spelling() -> None:
    accepted = asked("c2b_simulate", answer(200, {"OriginatorCoversationID": "53e3", "ResponseCode": "0"}))

    assert (accepted.originator_conversation_id, accepted.conversation_id) == ("53e3", None)
