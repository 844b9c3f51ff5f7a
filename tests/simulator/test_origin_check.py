"""Only this machine's developer may use the control API, and no foreign web page."""

import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daraja.http.messages import HttpRequest
from daraja.simulator.origin_check import check_control

JSON = {"Content-Type": "application/json"}


def asked(host: str, method: str = "POST", **headers: str) -> str | None:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return check_control(HttpRequest(method, "/simulator/answer", {"Host": host, **JSON, **named}))


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1:8765",
        "localhost:8765",
        "127.0.0.1",
        "[::1]:8765",
        "192.168.1.7:80",
        "daraja:8765",
        "a.localhost",
        "host.docker.internal:8765",
        "daraja.test:8765",
        f"{socket.gethostname().partition('.')[0]}.local:8765",
    ],
)
def test_safe_hosts_are_accepted(host: str) -> None:
    assert asked(host) is None
    assert asked(host, Origin=f"http://{host}", Sec_Fetch_Site="same-origin") is None
    assert asked(host, "GET", Sec_Fetch_Site="none") is None


@pytest.mark.parametrize(
    "host",
    [
        "",
        "evil.example",
        "evil.example:8765",
        "evil.local",
        "test.evil",
        "127.0.0.1.evil.example",
        "[::1",
        "0x7f.1.nip.io",
        ".",
        "evil.com.",
    ],
)
def test_a_foreign_domain_name_is_refused(host: str) -> None:
    for method in ("GET", "POST"):
        why = asked(host, method)
        assert why is not None
        assert why.startswith(
            "it was asked for by a domain name that others may have led here; use this machine's address in "
        )


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "https://127.0.0.1:8765"},
        {"Origin": "http://127.0.0.1:9000"},
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
    ],
)
def test_a_foreign_page_is_refused(headers: dict[str, str]) -> None:
    for method in ("GET", "POST"):
        why = asked("127.0.0.1:8765", method, **headers)
        assert why == "it was asked for by a page from elsewhere; only the simulator's own page may do that"


@pytest.mark.parametrize("kind", ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
def test_content_types_of_html_forms_are_refused(kind: str) -> None:
    assert asked("127.0.0.1:8765", Content_Type=kind) == "it is not JSON; send Content-Type: application/json"
    assert asked("127.0.0.1:8765", "GET", Content_Type=kind) is None


@given(st.text(max_size=30))
def test_any_host_gets_an_answer(host: str) -> None:
    why = asked(host)
    assert why is None or "; use this machine's address" in why
