"""Both transports keep the contract, and one that breaks a promise is found."""

import asyncio
import ssl
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import httpx2
import pytest
import requests

from daraja.http.messages import HttpRequest, HttpResponse
from daraja.system.machine import Clock
from daraja.transports.httpx2 import Httpx2Transport
from daraja.transports.requests import RequestsTransport
from tests.transports.contract import TransportContract


class TestRequestsTransport(TransportContract):
    def make_transport(
        self, clock: Clock, /, *, timeout: tuple[float, float] = (5, 30), trusts: Path | None = None
    ) -> RequestsTransport:
        session = None
        if trusts is not None:
            session = requests.Session()
            session.verify = str(trusts)
        return RequestsTransport(session, timeout=timeout, clock=clock)


class TestHttpx2Transport(TransportContract):
    """One event loop for each test, which runs while a request is under way."""

    takes_clock = False

    @pytest.fixture(autouse=True)
    def event_loop_of_the_test(self) -> Iterator[None]:
        self.lent = list[httpx2.AsyncClient]()
        with asyncio.Runner() as self.loop:
            yield
            for client in self.lent:
                self.loop.run(client.aclose())

    def make_transport(
        self, _: Clock, /, *, timeout: tuple[float, float] = (5, 30), trusts: Path | None = None
    ) -> Httpx2Transport:
        client = None
        if trusts is not None:
            client = httpx2.AsyncClient(verify=ssl.create_default_context(cafile=trusts))
            self.lent.append(client)
        return Httpx2Transport(client, timeout=timeout)

    def send(self, transport: Httpx2Transport, request: HttpRequest, /) -> HttpResponse:
        return self.loop.run(transport.asend(request))

    def send_all(self, transport: Httpx2Transport, requests: Sequence[HttpRequest], /) -> list[HttpResponse]:
        async def all_of_them() -> list[HttpResponse]:
            return await asyncio.gather(*map(transport.asend, requests))

        return self.loop.run(all_of_them())

    def close(self, transport: Httpx2Transport, /) -> None:
        self.loop.run(transport.aclose())


SOUND: Final = """
import requests
import ssl
import urllib3

from daraja.errors import NotSent, OutcomeUnknown
from daraja.http.messages import HttpResponse
from daraja.transports.requests import RequestsTransport
from tests.transports.contract import TransportContract

class Sound(RequestsTransport):
    pass
"""

BROKEN: Final = {
    "test_a_redirect_is_an_answer_and_never_followed": """
    def send(self, request):
        response = super().send(request)
        if response.status in range(300, 400):
            super().send(request)
        return response
""",
    "test_an_answer_with_any_status_is_returned": """
    def send(self, request):
        response = super().send(request)
        return super().send(request) if response.status == 503 else response
""",
    "test_a_broken_answer_is_ambiguous_and_never_a_reason_to_send_again": """
    def send(self, request):
        try:
            return super().send(request)
        except OutcomeUnknown:
            return super().send(request)
""",
    "test_an_unreachable_address_means_not_sent": """
    def send(self, request):
        try:
            return super().send(request)
        except NotSent as error:
            raise OutcomeUnknown("a doubt where there is none") from None
""",
    "test_an_unusable_address_means_not_sent": """
    def send(self, request):
        raise ConnectionError("no error of the library's")
""",
    "test_a_broken_answer and redirect": """
    def send(self, request):
        answer = requests.post(request.url, request.body, headers=request.headers, timeout=5, allow_redirects=False)
        return HttpResponse(answer.status_code, answer.headers, answer.content)
""",
    "test_gzip_is_decoded_although_it_was_not_requested": """
    def send(self, request):
        response = super().send(request)
        return HttpResponse(response.status, response.headers, response.body[:-1])
""",
    "test_cookies_are_neither_kept_nor_sent": """
    session = requests.Session()

    def send(self, request):
        answer = self.session.post(request.url, request.body, headers=request.headers, timeout=5)
        return HttpResponse(answer.status_code, answer.headers, answer.content)
""",
    "test_a_netrc_file_never_replaces_the_authorization": """
    def send(self, request):
        answer = requests.post(request.url, request.body, headers=request.headers, timeout=5)
        return HttpResponse(answer.status_code, answer.headers, answer.content)
""",
    "test_a_connection_that_was_idle_for_over_15_s_is_opened_anew": """
    def __init__(self, clock):
        super().__init__()
""",
    "test_a_proxy_that_is_down_is_called_a_proxy_that_is_down": """
    def send(self, request):
        raise NotSent(f"{request.url} was not reached")
""",
    "test_a_local_daraja_is_never_looked_for_through_a_proxy": """
    def send(self, request):
        try:
            answer = requests.post(request.url, request.body, headers=request.headers, timeout=5)
        except requests.ConnectionError:
            raise NotSent("by the proxy") from None
        return HttpResponse(answer.status_code, answer.headers, answer.content)
""",
    "test_a_request_without_time_left_is_not_sent": """
    def send(self, request):
        return super().send(type(request)(request.method, request.url, request.headers, request.body))
""",
    "test_an_untrusted_certificate_stops_the_request": """
    def send(self, request):
        with urllib3.PoolManager(cert_reqs=ssl.CERT_NONE, assert_hostname=False) as pools:
            with __import__("warnings").catch_warnings(action="ignore"):
                answer = pools.request("POST", request.url, body=request.body, headers=request.headers)
        return HttpResponse(answer.status, answer.headers, answer.data)
""",
    "test_many_at_the_same_time_each_get_their_own_answer": """
    last = None

    def send(self, request):
        self.last, last = super().send(request), self.last
        return last or self.last
""",
    "test_an_answer_that_comes_late_is_never_taken_for_the_next_one_s": """
    def send(self, request):
        return HttpResponse(103)
""",
}
"""What breaks a promise, by the test that has to find it."""


def failures(pytester: pytest.Pytester, program: str, *arguments: str) -> list[str]:
    """Run tests of the contract on a transport, and give what each failure says."""
    pytester.makepyfile(SOUND + program)
    outcome = pytester.inline_run("-p", "no:cacheprovider", "--disable-plugin-autoload", *arguments)
    _, skipped, failed = outcome.listoutcomes()
    assert not skipped
    return [report.longreprtext for report in failed]


def contract_of(body: str) -> str:
    return f"""
class Broken(Sound):{body}
class TestBroken(TransportContract):
    def make_transport(self, clock, **settings):
        return Broken(clock=clock)
"""


@pytest.mark.parametrize("promise", BROKEN)
def test_a_broken_promise_is_found(pytester: pytest.Pytester, promise: str) -> None:
    told = failures(pytester, contract_of(BROKEN[promise]), "-k", promise)

    assert told
    assert all("AssertionError" in one or "ConnectionError" in one for one in told)
