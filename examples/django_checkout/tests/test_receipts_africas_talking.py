"""Africa's Talking gets text messages as it wants them, and every answer of it is understood."""

import logging
from typing import Final

import pytest
import requests
import requests_mock
from django.conf import LazySettings

from shop.receipts import AfricasTalking, NotTaken
from shops import PHONE

LIVE: Final = "https://api.africastalking.com/version1/messaging"
SANDBOX: Final = "https://api.sandbox.africastalking.com/version1/messaging"
NO_RECIPIENT: Final = (
    "",
    "The supplied authentication is invalid",
    "[]",
    "{}",
    '{"SMSMessageData": {"Recipients": []}}',
)


def answered(code: int) -> dict[str, object]:
    recipient = {
        "statusCode": code,
        "number": f"+{PHONE}",
        "status": "...",
        "cost": "KES 0.8000",
        "messageId": "ATXid_1",
    }
    return {"SMSMessageData": {"Message": "Sent to 1/1 Total Cost: KES 0.8000", "Recipients": [recipient]}}


@pytest.fixture
def account(settings: LazySettings) -> LazySettings:
    settings.AFRICAS_TALKING_USERNAME = "duka"
    settings.AFRICAS_TALKING_API_KEY = "atsk_never_shown"
    settings.AFRICAS_TALKING_SENDER = ""
    return settings


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize("code", [100, 101, 102])
def test_africas_talking_is_asked_as_it_wants(requests_mock: requests_mock.Mocker, code: int) -> None:
    requests_mock.post(LIVE, status_code=201, json=answered(code))
    AfricasTalking().send(PHONE, "Asante & karibu")
    [request] = requests_mock.request_history

    assert request.headers["apiKey"] == "atsk_never_shown"
    assert request.headers["Accept"] == "application/json"
    assert request.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert request.text == f"username=duka&to=%2B{PHONE}&message=Asante+%26+karibu"


def test_the_sandbox_has_an_address_of_its_own_and_a_sender_is_named_where_there_is_one(
    account: LazySettings, requests_mock: requests_mock.Mocker
) -> None:
    account.AFRICAS_TALKING_USERNAME, account.AFRICAS_TALKING_SENDER = "sandbox", "DUKA"
    requests_mock.post(SANDBOX, status_code=201, json=answered(101))
    AfricasTalking().send(PHONE, "Asante")

    assert requests_mock.request_history[0].text.endswith("&from=DUKA")


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize("code", [401, 402, 405, 407, 500, 501, 502])
def test_a_refusal_that_may_pass_is_an_error(requests_mock: requests_mock.Mocker, code: int) -> None:
    requests_mock.post(LIVE, status_code=201, json=answered(code))
    with pytest.raises(NotTaken, match=f"HTTP 201 and code {code}"):
        AfricasTalking().send(PHONE, "Asante")


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize("body", NO_RECIPIENT)
def test_an_answer_without_a_recipient_is_an_error(requests_mock: requests_mock.Mocker, body: str) -> None:
    requests_mock.post(LIVE, status_code=401, text=body)
    with pytest.raises(NotTaken, match="HTTP 401 and code none"):
        AfricasTalking().send(PHONE, "Asante")


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize("code", [403, 404, 406, 409])
def test_a_number_that_can_never_get_a_text_is_not_retried(
    requests_mock: requests_mock.Mocker, code: int, caplog: pytest.LogCaptureFixture
) -> None:
    requests_mock.post(LIVE, status_code=201, json=answered(code))
    AfricasTalking().send(PHONE, "Asante")

    assert f"sms.refused_for_good phone=2547*****678 code={code}" in caplog.text


@pytest.mark.usefixtures("account")
def test_a_text_without_an_answer_may_be_on_its_way_and_is_not_sent_again(
    requests_mock: requests_mock.Mocker, caplog: pytest.LogCaptureFixture
) -> None:
    requests_mock.post(LIVE, exc=requests.ReadTimeout)
    AfricasTalking().send(PHONE, "Asante")

    assert "sms.unanswered phone=2547*****678" in caplog.text


@pytest.mark.usefixtures("account")
def test_a_provider_that_cannot_be_reached_is_an_error_that_shows_no_secret(
    requests_mock: requests_mock.Mocker, caplog: pytest.LogCaptureFixture
) -> None:
    requests_mock.post(LIVE, exc=requests.ConnectTimeout)
    with caplog.at_level(logging.DEBUG), pytest.raises(requests.ConnectTimeout) as caught:
        AfricasTalking().send(PHONE, "Asante")

    assert "never_shown" not in f"{caught.value!r} {caplog.text}"
