"""The contract of transports: the default one keeps it, and one that breaks a promise is found."""

from typing import Final

import pytest

from daraja.system.clock import Clock
from daraja.testing import TransportContract
from daraja.transports.requests import RequestsTransport


class TestRequestsTransport(TransportContract):
    def make_transport(self, clock: Clock, /) -> RequestsTransport:
        return RequestsTransport(clock=clock)


SOUND: Final = """
import requests
import ssl
import urllib3

from daraja.errors import NotSent, OutcomeUnknown
from daraja.testing import TransportContract
from daraja.transports.requests import RequestsTransport
from daraja.http.messages import HttpResponse

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
    "test_an_answer_is_given_whatever_its_status": """
    def send(self, request):
        response = super().send(request)
        return super().send(request) if response.status == 503 else response
""",
    "test_a_broken_answer_is_a_doubt_and_never_a_reason_to_ask_again": """
    def send(self, request):
        try:
            return super().send(request)
        except OutcomeUnknown:
            return super().send(request)
""",
    "test_what_finds_nobody_was_not_sent": """
    def send(self, request):
        try:
            return super().send(request)
        except NotSent as error:
            raise OutcomeUnknown("a doubt where there is none") from None
""",
    "test_what_has_no_usable_address_was_not_sent": """
    def send(self, request):
        raise ConnectionError("no error of the library's")
""",
    "test_an_answer_that_is_too_large_is_not_read": """
    def send(self, request):
        answer = requests.post(request.url, request.body, headers=request.headers, timeout=5, allow_redirects=False)
        return HttpResponse(answer.status_code, answer.headers, answer.content)
""",
    "test_an_encoding_is_undone_whole_or_not_at_all": """
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
    "test_a_connection_that_was_idle_for_long_is_opened_anew": """
    def __init__(self, clock):
        super().__init__()
""",
    "test_who_was_not_reached_is_named_without_credentials": """
    def send(self, request):
        raise NotSent(f"{request.url} was not reached")
""",
    "test_what_has_no_time_left_is_not_sent": """
    def send(self, request):
        return super().send(type(request)(request.method, request.url, request.headers, request.body))
""",
    "test_a_certificate_that_nobody_trusts_stops_the_request": """
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


def run(pytester: pytest.Pytester, program: str, *arguments: str) -> tuple[list[str], list[str]]:
    """Run one test of the contract on a transport, and give what passed and what failed says."""
    pytester.makepyfile(SOUND + program)
    outcome = pytester.inline_run("-p", "no:cacheprovider", "-p", "no:django", *arguments)
    passed, skipped, failed = outcome.listoutcomes()
    assert not skipped
    return [report.nodeid for report in passed], [report.longreprtext for report in failed]


def contract_of(body: str) -> str:
    return f"""
class Broken(Sound):{body}
class TestBroken(TransportContract):
    def make_transport(self, clock):
        return Broken(clock=clock)
"""


@pytest.mark.parametrize("promise", BROKEN)
def test_a_broken_promise_is_found(pytester: pytest.Pytester, promise: str) -> None:
    _, failed = run(pytester, contract_of(BROKEN[promise]), "-k", promise)
    assert failed
    assert all("AssertionError" in told for told in failed)


def test_a_failure_says_what_was_promised_and_tells_no_secret(pytester: pytest.Pytester) -> None:
    body = """
    def send(self, request):
        raise NotSent(f"nobody took {request.headers}")
"""
    _, [told] = run(pytester, contract_of(body), "-k", "test_what_finds_nobody_was_not_sent")
    assert "an error says nothing of the token and the phone number" in told

    promise = "test_what_has_no_usable_address_was_not_sent"
    _, failed = run(pytester, contract_of(BROKEN[promise]), "-k", promise)
    assert all("a transport raises NotSent or OutcomeUnknown and nothing else, and not Conn" in told for told in failed)

    promise = "test_what_has_no_time_left_is_not_sent"
    _, failed = run(pytester, contract_of(BROKEN[promise]), "-k", promise)
    assert all("without time nothing is sent: NotSent is raised, and not an answer of 200" in told for told in failed)


def test_a_contract_without_a_transport_fails(pytester: pytest.Pytester) -> None:
    program = "\nclass TestNone(TransportContract):\n    pass\n"
    passed, failed = run(pytester, program, "-k", "test_a_request_without_a_body_has_none")
    assert passed == []
    assert [told.splitlines()[-1].rpartition(" ")[2] for told in failed] == ["NotImplementedError"]
