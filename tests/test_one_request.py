"""On real sockets, the server sees each request that moves money or sends a prompt once, with every answer."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import attrs
import pytest

from daraja import AsyncDaraja, Config, Daraja
from daraja.config import Environment
from daraja.errors import DarajaError, OutcomeUnknown
from daraja.transports.httpx2 import Httpx2Transport
from daraja.transports.requests import RequestsTransport
from tests.support.operations import ACKNOWLEDGED, MONEY, Case, case_of, organisation
from tests.support.servers import Behaviour, Conversation, RawServer, Seen, drop, hang, http, raw_server

_TOKEN: Final = http(body=b'{"access_token": "a-token", "expires_in": "3599"}')
_TIME_OUTS: Final = 5, 1.0

Ask = Callable[[Sequence[Case], RawServer], Mapping[str, object]]
"""Asks for several operations at once, and gives what comes of each by its method."""


def then(behaviour: Behaviour) -> Behaviour:
    """Answer token requests with a token, and all others with *behaviour*."""

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


def ask_all(cases: Sequence[Case], server: RawServer) -> Mapping[str, object]:
    daraja = Daraja(config_of(server), transport=RequestsTransport(timeout=_TIME_OUTS))

    def outcome(case: Case) -> object:
        try:
            return case.ask(daraja)
        except DarajaError as error:
            return error

    with ThreadPoolExecutor(len(cases)) as threads:
        return {case.method: one for case, one in zip(cases, threads.map(outcome, cases), strict=True)}


def ask_all_async(cases: Sequence[Case], server: RawServer) -> Mapping[str, object]:
    async def asked() -> Sequence[object]:
        transport = Httpx2Transport(timeout=_TIME_OUTS)
        daraja = AsyncDaraja(config_of(server), transport=transport)
        try:
            asking: list[Awaitable[object]] = [case.ask(daraja) for case in cases]
            return await asyncio.gather(*asking, return_exceptions=True)
        finally:
            await transport.aclose()

    return {case.method: one for case, one in zip(cases, asyncio.run(asked()), strict=True)}


def config_of(server: RawServer) -> Config:
    return organisation(environment=Environment(server.address))


def seen_by(server: RawServer) -> list[str]:
    """Return every request except token requests, sorted."""
    payments = [seen for seen in server.seen if "/oauth/" not in seen.first_line]
    return sorted(shown(seen.first_line.split()[1], json.loads(seen.body)) for seen in payments)


def shown(path: str, body: object) -> str:
    return f"{path} {json.dumps(body, sort_keys=True)}"


def everything(cases: Sequence[Case]) -> list[str]:
    return sorted(shown(case.path, case.sent) for case in cases)


@pytest.mark.parametrize("ask", [ask_all, ask_all_async])
@pytest.mark.parametrize("behaviour", LOST.values(), ids=LOST)
def test_the_server_sees_every_request_once_when_the_answer_is_lost(behaviour: Behaviour, ask: Ask) -> None:
    with raw_server(then(behaviour)) as server:
        outcomes = ask(MONEY, server)

    assert {method: type(outcome) for method, outcome in outcomes.items()} == {
        case.method: OutcomeUnknown for case in MONEY
    }
    assert seen_by(server) == everything(MONEY)


@pytest.mark.parametrize("ask", [ask_all, ask_all_async])
@pytest.mark.parametrize("code", ["26", "100000000", "100000001"])
def test_a_request_object_that_is_run_again_is_sent_once_per_run(code: str, ask: Ask) -> None:
    acknowledging = [case for case in MONEY if "ConversationID" in case.answer]
    body = json.dumps({**ACKNOWLEDGED, "ResponseCode": code}).encode()
    with raw_server(then(status("200 OK", body))) as server:
        outcomes = ask(acknowledging, server)

    assert {type(outcome) for outcome in outcomes.values()} == {OutcomeUnknown}
    assert seen_by(server) == everything(acknowledging)


@pytest.mark.parametrize("ask", [ask_all, ask_all_async])
def test_fifty_operations_at_once_need_one_token(ask: Ask) -> None:
    fifty = [attrs.evolve(case_of("account_balance"), given={"remarks": f"Balance {number}"}) for number in range(50)]
    with raw_server(then(status("200 OK", json.dumps(ACKNOWLEDGED).encode()))) as server:
        ask(fifty, server)

    assert sum("/oauth/" in seen.first_line for seen in server.seen) == 1
    assert len(server.seen) == 51
