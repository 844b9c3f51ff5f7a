"""Timeout notices: anything is taken, nothing is decided, and no credential is kept."""

import json
from typing import Final, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daraja import TimeoutNotice, parse_timeout
from tests.support.results import PHONE, as_body, result

Fields = dict[str, object]
CREDENTIAL: Final = "c2VjdXJpdHk" * 8
REQUEST: Final[Fields] = {
    "InitiatorName": "shop",
    "SecurityCredential": CREDENTIAL,
    "CommandID": "BusinessPayment",
    "Amount": 1500,
    "PartyA": "600222",
    "PartyB": PHONE,
    "Remarks": "Wages",
    "QueueTimeOutURL": "https://shop.example/t/",
    "ResultURL": "https://shop.example/r/",
    "OriginatorConversationID": "b7f0c0de000040008000000000000001",
}


def test_our_own_request_comes_back_without_the_credential() -> None:
    notice = parse_timeout(as_body(REQUEST))
    assert isinstance(notice, TimeoutNotice)
    assert notice.originator_conversation_id == "b7f0c0de000040008000000000000001"
    assert (notice.conversation_id, notice.command, notice.description) == (None, "BusinessPayment", "")
    assert notice.parameters["PartyB"] == PHONE
    assert "SecurityCredential" not in notice.parameters
    assert PHONE not in repr(notice)


@pytest.mark.parametrize("name", ["SecurityCredential", "security_credential", "Security Credential", "PASSWORD"])
def test_a_credential_is_cut_out_wherever_it_stands(name: str) -> None:
    body = {"CommandID": "BusinessPayment", "PartyB": PHONE, name: CREDENTIAL, "more": [{name: CREDENTIAL}]}
    for wrapped in (body, {"a": [body], "b": 1}, {"Request": body}):
        notice = parse_timeout(as_body(wrapped))
        assert CREDENTIAL not in json.dumps(dict(notice.parameters))


def test_a_credential_under_another_name_is_cut_out_too() -> None:
    for body in ({"Key": "SecurityCredential", "Value": "c2Vj" * 86}, {"Credential": ["c2Vj" * 86 + "=="], "x": 1}):
        assert "c2Vj" not in json.dumps(dict(parse_timeout(as_body(body)).parameters))


def test_a_credential_that_something_stands_before_is_cut_out_too() -> None:
    notice = parse_timeout(as_body({" ecurityCredential": ":" + "c2Vj" * 86, "PartyB": PHONE}))

    assert "c2Vj" not in json.dumps(dict(notice.parameters))
    assert notice.parameters["PartyB"] == PHONE


def test_a_result_as_others_expect_it_is_read_too() -> None:
    notice = parse_timeout(as_body(result(1, ResultDesc=f"Timed out for {PHONE}")))
    assert notice.originator_conversation_id == "41c0-4a5f-9b3e-1d2e3f405161"
    assert notice.conversation_id == "AG_20261123_2010abc3004de5f6a7b8"
    assert notice.description == f"Timed out for {PHONE}"
    assert PHONE[3:] not in repr(notice)


def test_the_id_that_a_status_query_sends_counts() -> None:
    assert parse_timeout({"OriginalConversationID": "AG_1"}).originator_conversation_id == "AG_1"


@pytest.mark.parametrize(
    "body", [b"", b"\xff", "nonsense", None, 5, [], [1, 2], object(), {}, {"Result": None}, "\ud800"]
)
def test_anything_is_a_notice(body: object) -> None:
    notice = parse_timeout(body)
    assert (notice.originator_conversation_id, notice.conversation_id, notice.command) == (None, None, None)


def test_a_mapping_that_holds_itself_is_a_notice() -> None:
    loop: Fields = {"x": 1, "CommandID": "BusinessPayment"}
    loop["loop"] = loop
    assert parse_timeout(loop) == TimeoutNotice()


@given(st.binary() | st.text() | st.dictionaries(st.text(), st.text()))
def test_any_body_is_a_notice(body: object) -> None:
    assert isinstance(parse_timeout(body), TimeoutNotice)
    assert repr(parse_timeout(cast("bytes", body)))
