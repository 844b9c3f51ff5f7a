"""Anybody can send callbacks that nobody signed; they hide nothing, slow nothing down and tell their sender nothing."""

import base64
import json
import logging
from datetime import timedelta

import pytest

from daraja import Status
from daraja.errors import InvalidInput
from daraja.lifecycle.ports import ReceivedCallback
from daraja.stores import MemoryStore
from tests.support.shops import Shop, a_shop, callback_body, paid, token_for


class CountingStore(MemoryStore):
    """Counts how often a record is looked for."""

    found = 0

    def find(self, name: str, value: str, environment: str, /) -> None:
        self.found += 1
        return super().find(name, value, environment)  # type: ignore[return-value]  # as the base class has it


def forged(number: int) -> bytes:
    return callback_body({"CheckoutRequestID": f"ws_CO_{number}", "ResultCode": 0})


def flood(shop: Shop, count: int) -> None:
    for number in range(count):
        shop.checkout.receive(forged(number))


def test_forged_callbacks_hide_no_signed_one() -> None:
    shop = a_shop()
    payment = shop.start()
    flood(shop, 1_500)
    shop.claim(payment, b"[")
    report = shop.checkout.reconcile()

    assert len(report.unmatched) == 1_000
    assert report.unmatched[0] == "1501"


def test_they_are_matched_for_an_hour_and_listed_for_seven_days() -> None:
    store = CountingStore()
    shop = a_shop(store=store)
    flood(shop, 5)
    shop.clock.advance(3_599)
    before = store.found
    assert len(shop.checkout.reconcile().unmatched) == 5
    assert store.found == before + 5
    shop.clock.advance(1)
    assert len(shop.checkout.reconcile().unmatched) == 5
    assert store.found == before + 5
    shop.clock.advance(7 * 86_400)
    assert shop.checkout.reconcile().unmatched == ()
    assert shop.left_over() == []


def test_what_is_done_with_makes_room_after_an_hour() -> None:
    shop = a_shop()
    payment = shop.start()
    for _ in range(2_000):
        shop.checkout.receive(b"[")
    assert shop.checkout.receive(paid(payment)).status_code == 503
    shop.clock.advance(3_601)
    shop.checkout.reconcile()
    shop.checkout.reconcile()
    assert shop.checkout.receive(paid(payment)).status_code == 200


@pytest.mark.parametrize("full", [False, True])
def test_no_reply_tells_whether_a_payment_exists(full: bool) -> None:  # noqa: FBT001 - pytest gives it by name
    shop = a_shop()
    payment = shop.start()
    if full:
        flood(shop, 2_000)
    known, unknown = (shop.checkout.receive(body) for body in (paid(payment), forged(7)))
    assert (known.status_code, known.body) == (unknown.status_code, unknown.body)
    known, unknown = (shop.checkout.receive(body, token="0" * 98) for body in (paid(payment), forged(7)))
    assert (known.status_code, known.body) == (unknown.status_code, unknown.body) == (404, known.body)


def test_they_are_put_away_together() -> None:
    shop = a_shop()
    payment = shop.start()
    flood(shop, 3)
    shop.claim(payment, b"[")
    shop.clock.advance(3_600)
    shop.checkout.receive(forged(9))
    assert shop.checkout.dismiss_all(timedelta(hours=1), note="a flood of forged ones") == 3
    assert [callback.key for callback in shop.left_over()] == [payment.key, None]
    with pytest.raises(InvalidInput, match="note: is blank"):
        shop.checkout.dismiss_all(timedelta(0), note="")
    with pytest.raises(InvalidInput, match="older_than: is not a length of time"):
        shop.checkout.dismiss_all(timedelta(seconds=-1), note="a flood")


def test_after_a_change_of_secrets_a_callback_that_was_the_only_evidence_is_listed() -> None:
    shop = a_shop()
    reply = shop.checkout.receive(forged(7), token="0" * 98)

    assert reply.status_code == 404
    assert shop.checkout.reconcile().unmatched == ("1",)


# In the log -----------------------------------------------------------------------------------------------------------


def lines_of(shop: Shop, caplog: pytest.LogCaptureFixture, *bodies: bytes) -> list[str]:
    with caplog.at_level(logging.INFO):
        for body in bodies:
            shop.checkout.receive(body)
    return [line for record in caplog.records if (line := record.getMessage()).startswith("callback")]


def test_one_line_a_minute_says_what_cannot_be_read(caplog: pytest.LogCaptureFixture) -> None:
    shop = a_shop()
    assert lines_of(shop, caplog, *[b"amount=500&phone=254712345678"] * 20) == [
        "callback.unreadable callback=1 reason=malformed: body is not JSON shape='aaaaaa=999&aaaaa=999999999999'"
    ]
    caplog.clear()
    shop.clock.advance(60)
    (line,) = lines_of(shop, caplog, b"\xff\xfe<html>")
    assert "shape='\\ufffd\\ufffd<aaaa>'" in line
    assert line.endswith("skipped=19")


def test_one_line_a_minute_says_that_callbacks_match_nothing(caplog: pytest.LogCaptureFixture) -> None:
    assert lines_of(a_shop(), caplog, forged(1), forged(2)) == ["callback.unmatched callback=1"]


def test_a_signed_callback_that_cannot_be_read_always_has_its_line(caplog: pytest.LogCaptureFixture) -> None:
    shop = a_shop()
    payment = shop.start()
    for _ in range(3):
        shop.claim(payment, b'{"Body": {"stkCallback": {"ResultCode": "0", "ResultCode": "1"}}}')
    assert caplog.text.count("callback.unreadable") == 3


@pytest.mark.parametrize("coding", ["base64", "utf-16", "utf-16-le", "utf-8-sig"])
def test_a_body_that_a_gateway_changed_is_read(coding: str) -> None:
    shop = a_shop()
    payment = shop.start()
    body = paid(payment)
    wrapped = base64.b64encode(body) if coding == "base64" else json.dumps(json.loads(body)).encode(coding)
    shop.checkout.receive(wrapped, token=token_for(shop.config, payment.key))

    assert shop.now(payment).status is Status.SUCCESS
    assert all(isinstance(one, ReceivedCallback) for one in shop.left_over())
