"""Look-ups: a name is a yes, nobody is ``NotFound``, and an answer that cannot be read is neither."""

from datetime import timedelta
from decimal import Decimal

import pytest

from daraja import BongaRedeem
from daraja.errors import ApiError, DarajaError, InvalidInput, NotFound, OutcomeUnknown, UnexpectedResponse
from tests.support.asking import asked, client_for, sent_for
from tests.support.scripted import PHONE, ScriptedAnswer, answer


def test_an_organisation_has_a_name_and_a_tariff() -> None:
    body = {"ResponseCode": "0", "ResponseMessage": "Success", "OrganizationName": "Duka", "ChargeProfileID": 20013}
    found = asked("organisation_info", answer(200, body))

    assert (found.name, found.shortcode, found.charge_profile) == ("Duka", None, "20013")


def test_a_till_is_looked_up_as_a_till() -> None:
    assert sent_for("organisation_info", "5050505", kind="till") == {"IdentifierType": "2", "Identifier": "5050505"}


def test_a_number_of_no_organisation_is_not_found() -> None:
    body = {"ResponseCode": "4001", "ResponseMessage": "Invalid Identifier", "DetailedMessage": "Invalid Identifier"}
    with pytest.raises(NotFound, match=r"Invalid Identifier.*Compare the number"):
        asked("organisation_info", answer(200, body))


def test_a_customer_s_name_is_given_as_far_as_it_is_shown_and_masked_in_reprs() -> None:
    body = {"header": {"status": "200"}, "body": {"firstName": "Jane", "lastName": "N****"}}
    name = asked("hakikisha", answer(200, body))

    assert (name.first, name.middle, name.last) == ("Jane", None, "N****")
    assert "Jane" not in repr(name)


@pytest.mark.parametrize("status", [200, 400])
def test_a_number_of_no_customer_is_not_found(status: int) -> None:
    header = {"requestID": "8aee", "status": "400", "message": "The customer does not exist."}
    with pytest.raises(NotFound, match="customer does not exist"):
        asked("hakikisha", answer(status, {"header": header, "body": {}}))


def test_each_question_for_a_name_has_an_id_of_its_own() -> None:
    first, second = (sent_for("hakikisha")["header"]["requestID"] for _ in range(2))

    assert len(first) == 12
    assert first != second


def test_a_sim_card_has_the_time_of_its_last_swap() -> None:
    swap = asked("sim_swap", answer(200, {"responseCode": "200", "lastSwapDate": "12-01-2026 17:05"}))

    assert swap.at.isoformat() == "2026-01-12T17:05:00+03:00"
    assert swap.at.utcoffset() == timedelta(hours=3)


def test_a_swap_of_long_ago_has_no_time() -> None:
    assert asked("sim_swap", answer(200, {"responseCode": "200", "lastSwapDate": "01-01-1900 00:00"})).at is None


@pytest.mark.parametrize(
    ("method", "body"),
    [
        ("sim_swap", {"responseCode": "200", "lastSwapDate": ""}),
        ("sim_swap", {"responseCode": "200", "lastSwapDate": "yesterday"}),
        ("sim_swap", {"responseCode": "200"}),
        ("hakikisha", {"header": {"status": "200"}, "body": {}}),
        ("hakikisha", {"header": {"status": "200"}, "body": []}),
        ("bonga_points", {"header": {"responseCode": 200}, "body": {"amount": "much", "rate": "0.2"}}),
        ("bonga_points", {"header": {"responseCode": 200}, "body": {"amount": "8"}}),
    ],
)
def test_a_yes_that_cannot_be_read_is_no_answer(method: str, body: object) -> None:
    with pytest.raises(UnexpectedResponse):
        asked(method, answer(200, body))


@pytest.mark.parametrize("number", ["1", "+44 7911 123456", None])
def test_a_text_that_is_not_a_number_is_not_looked_up(number: str) -> None:
    daraja, transport = client_for()

    for ask in (daraja.hakikisha, daraja.sim_swap):
        with pytest.raises(InvalidInput, match="phone"):
            ask(number)
    assert transport.requests == []


def test_points_have_a_value_and_a_rate() -> None:
    body = {"header": {"responseCode": 200}, "body": {"amount": "8", "points": "40", "rate": "0.2"}}
    value = asked("bonga_points", answer(200, body))

    assert (value.points, value.amount, value.rate) == (40, Decimal(8), Decimal("0.2"))


def test_a_prompt_for_points_is_known_by_its_reference() -> None:
    header = {"requestRefId": "55b2", "responseCode": 200, "responseMessage": "Success"}
    accepted = asked("bonga_redeem", answer(200, {"header": header, "body": None}))

    assert (accepted.reference, accepted.description) == ("55b2", "Success")


@pytest.mark.parametrize(
    ("code", "error"),
    [(6001, ApiError), (6011, ApiError), (404, NotFound), (1037, OutcomeUnknown), (500, OutcomeUnknown)],
)
def test_a_prompt_for_points_that_fails_is_a_refusal_or_a_doubt(code: int, error: type[DarajaError]) -> None:
    header = {"requestRefId": "55b2", "responseCode": code, "responseMessage": "Something"}
    with pytest.raises(error) as caught:
        asked("bonga_redeem", answer(200, {"header": header, "body": None}))
    assert type(caught.value) is error


def test_every_fault_of_a_prompt_for_points_is_named_at_once() -> None:
    with pytest.raises(InvalidInput) as caught:
        BongaRedeem(phone="1", points=0, amount=0, rate=0.2, reference="")  # type: ignore[arg-type]  # wrong on purpose
    assert set(caught.value.faults) == {"phone", "points", "amount", "rate", "reference"}
    for rate in (Decimal(0), Decimal("NaN"), Decimal(-1), Decimal("1e9"), Decimal("Infinity")):
        with pytest.raises(InvalidInput, match="rate: is not a rate"):
            BongaRedeem(phone=PHONE, points=1, amount=1, rate=rate, reference="A")


def test_a_rate_is_written_without_an_exponent() -> None:
    assert sent_for("bonga_redeem", rate=Decimal("1E-8"))["conversionRate"] == "0.00000001"


REFUSED: list[ScriptedAnswer] = [answer(200, {"responseCode": "404", "responseMessage": "No data"})]


def test_a_number_without_a_sim_card_is_not_found() -> None:
    with pytest.raises(NotFound):
        asked("sim_swap", *REFUSED)
