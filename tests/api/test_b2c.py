"""Payments to phones: each version has its own path and its own spelling, and everything wrong is named at once."""

import pytest

from daraja import B2cPayment, Daraja, to
from daraja.errors import InvalidInput
from daraja.testing import ManualClock
from tests.support.leaks import everything_shown
from tests.support.operations import ACKNOWLEDGED, organisation
from tests.support.scripted import PHONE, ScriptedTransport, answer, token


def client() -> tuple[Daraja, ScriptedTransport]:
    transport = ScriptedTransport([token(), answer(200, ACKNOWLEDGED)])
    return Daraja(organisation(), transport=transport, clock=ManualClock()), transport


def test_version_1_takes_no_id_of_ours_and_spells_the_occasion_rightly() -> None:
    daraja, transport = client()
    daraja.b2c_payment(to=PHONE, amount=10, originator_conversation_id="a", occasion="Easter", version="v1")

    assert transport.requests[-1].url.endswith("/mpesa/b2c/v1/paymentrequest")
    assert "OriginatorConversationID" not in transport.sent()
    assert transport.sent()["Occasion"] == "Easter"
    assert "Occassion" not in transport.sent()


def test_an_id_number_is_compared_by_another_path() -> None:
    daraja, transport = client()
    receiver = to.Mobile(PHONE, id_number="12345678")
    daraja.b2c_payment(to=receiver, amount=10, originator_conversation_id="a", occasion="Easter")

    assert transport.requests[-1].url.endswith("/mpesa/b2cvalidate/v2/paymentrequest")
    sent = transport.sent()
    assert (sent["IDType"], sent["IDNumber"], sent["Occasion"]) == ("01", "12345678", "Easter")
    assert sent["OriginatorConversationID"] == "a"
    assert "12345678" not in repr(receiver)


def test_version_1_compares_no_id_number() -> None:
    daraja, transport = client()

    with pytest.raises(InvalidInput, match="version: v1 compares no id number"):
        daraja.b2c_payment(
            to=to.Mobile(PHONE, id_number="12345678"), amount=10, originator_conversation_id="a", version="v1"
        )
    assert transport.requests == []


@pytest.mark.parametrize("command", ["BusinessPayment", "SalaryPayment", "PromotionPayment"])
def test_the_command_is_sent_as_it_is(command: str) -> None:
    daraja, transport = client()
    daraja.b2c_payment(to=PHONE, amount=10, originator_conversation_id="a", command=command)  # type: ignore[arg-type]  # one of three texts

    assert transport.sent()["CommandID"] == command


def test_what_has_no_occasion_sends_none() -> None:
    daraja, transport = client()
    daraja.b2c_payment(to=PHONE, amount=10, originator_conversation_id="a")

    assert not {"Occasion", "Occassion"} & transport.sent().keys()


def test_every_fault_is_named_at_once_and_nothing_is_sent() -> None:
    daraja, transport = client()

    with pytest.raises(InvalidInput) as caught:
        daraja.b2c_payment(
            to="+44 7911 123456",
            amount=9,
            originator_conversation_id="payout 17",
            command="Gift",  # type: ignore[arg-type]  # wrong on purpose
            version="v2",  # type: ignore[arg-type]  # wrong on purpose
            remarks="",
            occasion="",
            shortcode="1",
        )
    assert set(caught.value.faults) == {
        "to",
        "amount",
        "originator_conversation_id",
        "command",
        "version",
        "remarks",
        "occasion",
        "shortcode",
    }
    assert "911123456" not in everything_shown(caught.value)
    assert transport.requests == []


@pytest.mark.parametrize("amount", [0, 1, 9, 250_001, 10.0, True, "10"])
def test_a_payment_to_a_phone_is_10_to_250_000_shillings(amount: int) -> None:
    for pay in (client()[0].b2c_payment, client()[0].pochi_payment):
        with pytest.raises(InvalidInput, match="amount"):
            pay(to=PHONE, amount=amount, originator_conversation_id="a")


@pytest.mark.parametrize(("amount", "shown"), [(9, "9"), (250_001, "250,001")])
def test_an_amount_outside_the_limits_of_a_payment_to_a_phone_is_told_both_limits(amount: int, shown: str) -> None:
    with pytest.raises(InvalidInput, match=f"{shown} is outside the limits; M-Pesa pays out 10 to 250,000 KES"):
        B2cPayment(to=PHONE, amount=amount, originator_conversation_id="a")


@pytest.mark.parametrize("own_id", ["", " ", "a b", "a/b", "\u00e4", "a" * 39, None, 17])
def test_an_id_has_at_most_38_letters_digits_dashes_and_underscores(own_id: str) -> None:
    with pytest.raises(InvalidInput, match="originator_conversation_id: is not 1 to 38 letters"):
        B2cPayment(to=PHONE, amount=10, originator_conversation_id=own_id)


@pytest.mark.parametrize("receiver", [None, 254712345678, to.Pochi(PHONE), to.OwnUtility()])
def test_a_receiver_of_another_kind_is_refused(receiver: str) -> None:
    with pytest.raises(InvalidInput, match=r"to: is \w+; give Mobile\(...\) of daraja.to, or its text"):
        B2cPayment(to=receiver, amount=10, originator_conversation_id="a")


def test_a_payment_can_be_checked_before_it_is_sent() -> None:
    payment = B2cPayment(to=PHONE, amount=500, originator_conversation_id="a")

    payment.check(organisation(payout_max=500))
    with pytest.raises(InvalidInput, match="amount"):
        payment.check(organisation(payout_max=499))
    assert PHONE[3:] not in repr(payment)
