"""What moves money or prompts somebody is seen once by the server, whatever becomes of its answer; on real sockets."""

import asyncio
import json
from collections.abc import Callable
from typing import Final

import pytest

from daraja import AsyncDaraja, Daraja
from daraja.config import Environment
from daraja.errors import OutcomeUnknown
from daraja.transports.httpx2 import Httpx2Transport
from daraja.transports.requests import RequestsTransport
from tests.support.operations import MONEY, Case, organisation
from tests.support.servers import Behaviour, Conversation, RawServer, Seen, drop, hang, http, raw_server

_TOKEN: Final = http(body=b'{"access_token": "a-token", "expires_in": "3599"}')
_TIME_OUTS: Final = 5, 0.5

Ask = Callable[[Case, RawServer], object]


def then(behaviour: Behaviour) -> Behaviour:
    """Give a token to whoever asks for one, and answer everything else with *behaviour*."""

    def behave(conversation: Conversation, seen: Seen) -> bool:
        if "/oauth/" in seen.first_line:
            conversation.send(_TOKEN)
            return True
        return behaviour(conversation, seen)

    return behave


def half_of_the_answer(conversation: Conversation, _: Seen) -> bool:
    conversation.send(http(body=b'{"ResponseCode": "0", "ConversationID": "AG_1"}')[:-20])
    return False


def status(line: str, body: bytes = b"") -> Behaviour:
    def behave(conversation: Conversation, _: Seen) -> bool:
        conversation.send(http(line, body))
        return True

    return behave


LOST: Final[dict[str, Behaviour]] = {
    "silence": hang,
    "a broken connection": drop,
    "half an answer": half_of_the_answer,
    "an error of the server": status("500 Internal Server Error", b"Internal Server Error"),
    "a server that is busy": status("503 Service Unavailable", b"<html>Incapsula</html>"),
    "a page in the place of an answer": status("200 OK", b"<html>welcome</html>"),
    "an empty answer": status("200 OK"),
    "an answer without a yes": status("200 OK", b"{}"),
}


def ask(case: Case, server: RawServer) -> object:
    config = organisation(environment=Environment(server.address))
    transport = RequestsTransport(timeout=_TIME_OUTS)
    try:
        return case.ask(Daraja(config, transport=transport))
    finally:
        transport.close()


def ask_async(case: Case, server: RawServer) -> object:
    async def asked() -> object:
        config = organisation(environment=Environment(server.address))
        transport = Httpx2Transport(timeout=_TIME_OUTS)
        try:
            return await case.ask(AsyncDaraja(config, transport=transport))
        finally:
            await transport.aclose()

    return asyncio.run(asked())


@pytest.mark.parametrize("asking", [ask, ask_async])
@pytest.mark.parametrize("case", MONEY, ids=lambda case: case.method)
@pytest.mark.parametrize("behaviour", LOST.values(), ids=LOST)
def test_the_server_sees_one_request(case: Case, behaviour: Behaviour, asking: Ask) -> None:
    with raw_server(then(behaviour)) as server:
        with pytest.raises(OutcomeUnknown):
            asking(case, server)
        server.close()
        requests = [seen for seen in server.seen if "/oauth/" not in seen.first_line]

    assert [seen.first_line for seen in requests] == [f"POST {case.path} HTTP/1.1"]
    assert json.loads(requests[0].body) == case.sent


@pytest.mark.parametrize("code", ["26", "100000000", "100000001"])
@pytest.mark.parametrize("asking", [ask, ask_async])
@pytest.mark.parametrize(
    "case", [case for case in MONEY if "ConversationID" in case.answer], ids=lambda case: case.method
)
def test_an_acknowledgement_that_keeps_the_request_is_seen_once(case: Case, asking: Ask, code: str) -> None:
    body = json.dumps({**case.answer, "ResponseCode": code}).encode()
    with raw_server(then(status("200 OK", body))) as server, pytest.raises(OutcomeUnknown):
        asking(case, server)

    assert [seen.first_line.split()[0] for seen in server.seen] == ["GET", "POST"]
