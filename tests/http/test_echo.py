"""What Daraja repeats of a request: no secret of it is left in an answer, and so in no error."""

import json
import logging
from base64 import b64encode
from typing import Final

import pytest

from daraja import Daraja
from daraja.errors import ApiError, AuthenticationError, DarajaError, NotSent, OutcomeUnknown
from daraja.http.error_response import without_echo
from daraja.http.messages import HttpRequest, HttpResponse
from daraja.testing import ManualClock
from tests.support.leaks import everything_shown
from tests.support.scripted import (
    CALLBACK_SECRET,
    CONSUMER_KEY,
    CONSUMER_SECRET,
    PASSKEY,
    PHONE,
    ScriptedTransport,
    answer,
    refusal,
    settings,
    token,
)

TOKEN: Final = "Abc/dEf+123456789_4567890xyz"
BEARER: Final = {"Authorization": f"Bearer {TOKEN}"}


def cut(body: bytes, request: HttpRequest, status: int = 400) -> bytes:
    return without_echo(HttpResponse(status, {}, body), request).body


@pytest.mark.parametrize("echo", [TOKEN, TOKEN.replace("/", "\\/"), json.dumps(TOKEN)[1:-1]])
@pytest.mark.parametrize("status", [200, 401, 500])
def test_an_access_token_is_cut_out_in_every_spelling(echo: str, status: int) -> None:
    request = HttpRequest("POST", "https://daraja.example", BEARER, b"{}")
    body = f'{{"errorMessage": "Invalid Access Token - {echo}"}}'.encode()
    assert cut(body, request, status) == b'{"errorMessage": "Invalid Access Token - ***"}'


def test_the_consumer_key_and_secret_are_cut_out() -> None:
    basic = b64encode(b"consumer-key:consumer-secret").decode()
    request = HttpRequest("GET", "https://daraja.example", {"Authorization": f"Basic {basic}"})
    assert cut(f"{basic} consumer-secret consumer-key".encode(), request) == b"*** *** ***"


def test_the_secrets_of_a_refused_body_and_the_key_of_bill_manager_are_cut_out() -> None:
    fields = {"Password": "p" * 20, "SecurityCredential": "c/" * 20, "ResultURL": "https://shop.example/r/signed/"}
    fields |= {"Remarks": "a remark of the shop's"}
    request = HttpRequest("POST", "https://daraja.example", {"app_key": "AG_1234567"}, json.dumps(fields).encode())
    body = json.dumps({"errorMessage": " ".join([*fields.values(), "AG_1234567"])}).encode()
    assert json.loads(cut(body, request)) == {"errorMessage": "*** *** *** a remark of the shop's ***"}


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({}, b""),
        ({"Authorization": "Bearer short"}, b"no JSON"),
        ({"Authorization": "Basic no base64!"}, b"[]"),
        ({"Authorization": "Basic"}, b'{"Password": 5, "SecurityCredential": "short"}'),
    ],
)
def test_a_text_without_a_secret_stays_as_it_is(headers: dict[str, str], body: bytes) -> None:
    response = HttpResponse(400, {}, b'{"errorMessage": "short and no base64"}')
    assert without_echo(response, HttpRequest("POST", "https://daraja.example", headers, body)) is response


@pytest.mark.parametrize("status", [400, 401, 403, 404, 429, 500, 503])
@pytest.mark.parametrize("code", ["401.002.01", "404.001.03", "400.002.02", "500.001.1001", "9"])
@pytest.mark.parametrize("words", ["Invalid Access Token - {}", "Invalid Access Token: {}x", "{}", "Token '{}'."])
def test_no_error_shows_the_token_or_another_secret(status: int, code: str, words: str) -> None:
    def echoing(request: HttpRequest) -> HttpResponse:
        if request.method == "GET":
            return token(TOKEN)
        sent = request.headers["Authorization"].split()[-1]
        fields = json.loads(request.body)
        echo = " ".join([words.format(sent), fields.get("Password", ""), fields.get("CallBackURL", "")])
        return answer(status, {"requestId": sent, "errorCode": code, "errorMessage": echo})

    daraja = Daraja(settings(), transport=ScriptedTransport([token(TOKEN), *[echoing] * 6]), clock=ManualClock())
    with pytest.raises(DarajaError) as caught:
        daraja.stk_push(phone=PHONE, amount=1, reference="A")

    shown = everything_shown(caught.value)
    assert TOKEN not in shown
    assert TOKEN.replace("/", "\\/") not in shown
    for secret in (PASSKEY, CONSUMER_KEY, CONSUMER_SECRET, CALLBACK_SECRET):
        assert secret not in shown


@pytest.mark.parametrize("kind", [NotSent, OutcomeUnknown, RuntimeError])
@pytest.mark.parametrize("replies", [[], [token(TOKEN)]], ids=["token", "push"])
def test_what_a_transport_of_the_user_s_quotes_of_a_request_is_shown_nowhere(
    replies: list[HttpResponse], kind: type[Exception], caplog: pytest.LogCaptureFixture
) -> None:
    sent: list[str] = []

    def quoting(request: HttpRequest) -> HttpResponse:
        sent.extend([request.headers["Authorization"].split()[-1], json.loads(request.body or b"{}").get("Password")])
        raise kind(f"{request.headers} {request.body!r}")

    daraja = Daraja(settings(), transport=ScriptedTransport([*replies, *[quoting] * 3]), clock=ManualClock())
    with caplog.at_level(logging.DEBUG, "daraja"), pytest.raises(DarajaError) as caught:
        daraja.stk_push(phone=PHONE, amount=1, reference="A")

    shown = everything_shown(caught.value) + caplog.text
    for secret in (*filter(None, sent), PASSKEY, CONSUMER_KEY, CONSUMER_SECRET, CALLBACK_SECRET, PHONE):
        assert secret not in shown


def test_another_program_s_token_is_found_by_the_words_around_it() -> None:
    words = f"Invalid Access Token - {TOKEN}"
    daraja = Daraja(settings(), transport=ScriptedTransport([token(), refusal(400, "9", words)]))
    with pytest.raises(ApiError) as caught:
        daraja.stk_push(phone=PHONE, amount=1, reference="A")
    assert caught.value.message == "Invalid Access Token - ***"


def test_daraja_s_words_about_a_missing_product_stay() -> None:
    words = "Error Occurred - Invalid Access Token - Invalid API call as no apiproduct match found"
    daraja = Daraja(settings(), transport=ScriptedTransport([token(TOKEN), refusal(401, "401.003.01", words)]))
    with pytest.raises(AuthenticationError) as caught:
        daraja.stk_push(phone=PHONE, amount=1, reference="A")
    assert caught.value.message == words
