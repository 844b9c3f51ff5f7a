"""Clients that are not ours: the headers, types and forms that they send, and how they read the answers."""

import json
import urllib.request
from base64 import b64encode
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
import requests

from daraja.simulator import Answer, Engine, LocalDaraja
from tests.simulator.receiver import Receiver
from tests.simulator.shop import NAIROBI, OAUTH, PASSKEY, PHONE, PUSH, QUERY, SHORTCODE, Json, callback_of


@pytest.fixture
def url() -> Iterator[str]:
    """The address of Daraja, which is all that such a client knows."""
    with LocalDaraja(engine=Engine(answer=Answer.PAY, delay=0)) as local:
        yield local.base_url


def password(timestamp: str) -> str:
    return b64encode(f"{SHORTCODE}{PASSKEY}{timestamp}".encode()).decode()


def in_numbers(callback_url: str) -> Json:
    """Write every number as a JSON number, with fields that Daraja does not know."""
    timestamp = f"{datetime.now(NAIROBI):%Y%m%d%H%M%S}"
    return {
        "BusinessShortCode": int(SHORTCODE),
        "Password": password(timestamp),
        "Timestamp": int(timestamp),
        "TransactionType": "CustomerPayBillOnline",
        "Amount": 1,
        "PartyA": int(PHONE),
        "PartyB": int(SHORTCODE),
        "PhoneNumber": int(PHONE),
        "CallBackURL": callback_url,
        "AccountReference": 2026,
        "TransactionDesc": "Laundry",
        "Passkey": None,
    }


def in_text(callback_url: str) -> Json:
    """Write every number as text, stamp the time in UTC, and say more than Daraja documents room for."""
    timestamp = f"{datetime.now(UTC):%Y%m%d%H%M%S}"
    body = {name: str(value) for name, value in in_numbers(callback_url).items()}
    long = {"AccountReference": "INVOICE/2026/117", "TransactionDesc": "Payment of an invoice of November"}
    return {**body, **long, "Password": password(timestamp), "Timestamp": timestamp}


def token_by_parameters(url: str) -> str:
    address, _, _ = f"{url}{OAUTH}".partition("?")
    asked = {"grant_type": "client_credentials"}
    answer = requests.get(
        address, params=asked, auth=("key", "secret"), headers={"Cache-Control": "no-cache"}, timeout=9
    )
    return read_token(answer.json())


def token_by_hand(url: str) -> str:
    header = f"Basic {b64encode(b'key:secret').decode()}"
    answer = requests.request("GET", f"{url}{OAUTH}", headers={"authorization": header}, data={}, timeout=9)
    return read_token(answer.json())


def token_by_the_standard_library(url: str) -> str:
    header = f"Basic {b64encode(b'key:secret').decode()}"
    asked = urllib.request.Request(f"{url}{OAUTH}", headers={"Authorization": header})  # noqa: S310 - our own address
    with urllib.request.urlopen(asked, timeout=9) as answer:  # noqa: S310 - as above
        return read_token(json.loads(answer.read()))


def read_token(answer: Json) -> str:
    assert 3000 < int(answer["expires_in"]) <= 3600
    token: str = answer["access_token"]
    return token


def spaced(url: str, token: str, body: Json) -> Json:
    headers = {"Authorization": f"Bearer {token}", "Content-type": "application/json"}
    found: Json = requests.post(url, json=body, headers=headers, timeout=9).json()
    return found


def compact(url: str, token: str, body: Json) -> Json:
    headers = {
        "authorization": f"bearer {token}",
        "content-type": "application/json; charset=utf-8",
        "accept": "application/json",
        "accept-encoding": "gzip",
        "x-idempotency-key": "0001",
    }
    text = json.dumps(body, separators=(",", ":"))
    with requests.Session() as session:
        found: Json = session.post(url, data=text, headers=headers, timeout=9).json()
    return found


def indented_by_the_standard_library(url: str, token: str, body: Json) -> Json:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    asked = urllib.request.Request(url, json.dumps(body, indent=4).encode(), headers, method="POST")  # noqa: S310 - ours
    with urllib.request.urlopen(asked, timeout=9) as answer:  # noqa: S310 - as above
        found: Json = json.loads(answer.read())
    return found


def in_pieces(url: str, token: str, body: Json) -> Json:
    """Send a chunked body, as .NET does."""
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    text = json.dumps(body).encode()
    found: Json = requests.post(url, data=iter([text[:20], text[20:]]), headers=headers, timeout=9).json()
    return found


@pytest.mark.parametrize("asked", [in_numbers, in_text])
@pytest.mark.parametrize("token", [token_by_parameters, token_by_hand, token_by_the_standard_library])
@pytest.mark.parametrize("post", [spaced, compact, indented_by_the_standard_library, in_pieces])
def test_other_clients_complete_a_payment(
    url: str,
    token: Callable[[str], str],
    post: Callable[[str, str, Json], Json],
    asked: Callable[[str], Json],
) -> None:
    with Receiver() as receiver:
        body = asked(receiver.url)
        accepted = post(url + PUSH, token(url), body)
        callback = callback_of(receiver.next())
    about = {name: body[name] for name in ("BusinessShortCode", "Password", "Timestamp")}
    answer = post(url + QUERY, token(url), {**about, "CheckoutRequestID": accepted["CheckoutRequestID"]})
    items = {item["Name"]: item.get("Value") for item in callback["CallbackMetadata"]["Item"]}

    assert (accepted["ResponseCode"], int(accepted["ResponseCode"])) == ("0", 0)
    assert {"MerchantRequestID", "CheckoutRequestID", "ResponseDescription", "CustomerMessage"} < set(accepted)
    assert callback["ResultCode"] == 0
    assert callback["CheckoutRequestID"] == answer["CheckoutRequestID"] == accepted["CheckoutRequestID"]
    assert items["Amount"] == 1
    assert items["PhoneNumber"] == int(PHONE)
    paid_at = datetime.strptime(str(items["TransactionDate"]), "%Y%m%d%H%M%S").replace(tzinfo=NAIROBI)
    assert abs(datetime.now(NAIROBI) - paid_at) < timedelta(minutes=5)
    assert len(items["MpesaReceiptNumber"]) == 10
    assert (answer["ResponseCode"], answer["ResultCode"]) == ("0", "0")


def test_other_clients_read_an_error_by_its_code(url: str) -> None:
    token = token_by_parameters(url)
    asked = in_numbers("https://shop.example/callback/")
    assert spaced(url + PUSH, token, asked)["ResponseCode"] == "0"
    busy = spaced(url + PUSH, token, asked)
    assert busy["errorCode"] == "500.001.1001"
    assert busy["errorMessage"].startswith("Unable to lock subscriber")
    assert "ResponseCode" not in busy

    headers = {"Authorization": f"Bearer {token}"}
    form = requests.post(url + PUSH, data=asked, headers=headers, timeout=9)
    assert (form.status_code, form.json()["errorMessage"]) == (400, "Bad Request - Invalid BusinessShortCode")
    wrong = requests.get(url + OAUTH, auth=("", ""), timeout=9)
    assert (wrong.status_code, wrong.text) == (400, "")
