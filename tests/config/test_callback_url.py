"""In production only an address that Safaricom can call is accepted; a doubtful address is accepted with a warning."""

from typing import Final, cast

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from daraja.config.callback_url import check_callback_url, doubts_about_callback_url
from daraja.config.environment import Environment

PRODUCTION: Final = Environment.named("production")
SANDBOX: Final = Environment.named("sandbox")
NEAR: Final = [
    SANDBOX,
    Environment.named("simulator"),
    Environment("http://127.0.0.1:9000"),
    Environment("http://[::1]"),
]
FAR: Final = [PRODUCTION, Environment("https://daraja.example"), Environment("https://10.0.0.7:8443")]
EVERY: Final = [*NEAR, *FAR]


@pytest.mark.parametrize(
    "address",
    [
        "https://shop.example",
        "https://shop.example/api/payments/callback/",
        "https://shop.example:8443/callback?order=7&key=0a",
        "https://SHOP.example/Callback",
        "https://shop.example./callback",
        "https://8.8.8.8/callback",
        "https://[2606:4700::1111]/callback",
        "https://xn--nyumba-9ua.example/",
        "https://shop.xn--p1ai/",
    ],
)
def test_public_https_is_taken_everywhere(address: str) -> None:
    assert {check_callback_url(address, environment) for environment in EVERY} == {address}


PRIVATE: Final = [
    "localhost",
    "shop.localhost",
    "shop.localhost.",
    "localhost.",
    "127.0.0.1",
    "127.0.0.1:8000",
    "127.1",
    "10.1",
    "0x7f.0.0.1",
    "10.0.0.7",
    "172.16.0.1",
    "192.168.1.10:8000",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",  # noqa: S104 - nobody listens
    "192.0.2.1",
    "[::1]",
    "[::]",
    "[fe80::1]",
    "[fd00::1]:8443",
    "[::ffff:10.0.0.7]",
    "[2001:db8::1]",
    "shop",
    "shop.",
    "shop.local",
    "SHOP.LOCAL",
    "shop.local.",
    "shop.lan",
    "shop.internal",
    "shop.test",
    "shop.invalid",
    "shop.home.arpa",
    "2130706433",
]


@pytest.mark.parametrize("host", PRIVATE)
def test_production_refuses_an_address_that_is_not_public(host: str) -> None:
    with pytest.raises(ValueError, match=r"cannot be reached from the internet, so Safaricom could not call it"):
        check_callback_url(f"https://{host}/callback", PRODUCTION)


@pytest.mark.parametrize("address", ["http://shop.example/callback", "HTTP://shop.example", "http://localhost:8000"])
def test_http_is_refused_in_production(address: str) -> None:
    with pytest.raises(ValueError, match=r"^is not https; outside the sandbox Safaricom calls https addresses only$"):
        check_callback_url(address, PRODUCTION)


@pytest.mark.parametrize("environment", FAR, ids=lambda environment: environment.name)
@pytest.mark.parametrize("address", ["http://shop.example/callback", "https://localhost/callback"])
def test_the_same_holds_for_every_daraja_that_is_not_local(address: str, environment: Environment) -> None:
    with pytest.raises(ValueError, match="Safaricom"):
        check_callback_url(address, environment)


@pytest.mark.parametrize("host", ["shop.example", *PRIVATE])
def test_a_well_formed_address_is_accepted_for_trials(host: str) -> None:
    for scheme in ("http", "https"):
        address = f"{scheme}://{host}/callback"
        assert {check_callback_url(address, environment) for environment in NEAR} == {address}


@pytest.mark.parametrize(
    ("address", "fault"),
    [
        ("", "is missing"),
        ("shop.example/callback", "is not a whole address without spaces"),
        ("/api/payments/callback/", "is not a whole address without spaces"),
        ("//shop.example/callback", "is not a whole address without spaces"),
        ("https://", "is not a whole address without spaces"),
        ("https:///callback", "is not a whole address without spaces"),
        ("https:shop.example", "is not a whole address without spaces"),
        ("ftp://shop.example", "is not a whole address without spaces"),
        ("javascript:alert(1)", "is not a whole address without spaces"),
        ("https://shop.example:callback", "is not a whole address without spaces"),
        ("https://shop.example:65536/", "is not a whole address without spaces"),
        ("https://[::1/callback", "is not a whole address without spaces"),
        ("https://shop.example/call back", "is not a whole address without spaces"),
        (" https://shop.example/", "has a blank before or after it"),
        ("https://shop.example/\n", "ends with a line end"),
        ("https://shop.example/\r\n", "ends with a carriage return"),
        ('"https://shop.example/"', "has quotes around it"),
        ("https://<your-url>/callback", "has the placeholder '<'"),
        ("https://{ngrok_id}.ngrok.app/callback", "has the placeholder '{'"),
        ("https://$HOST/callback", r"has the placeholder '\$HOST'"),
        ("https://%HOST%/callback", "has the placeholder '%HOST%'"),
        ("https://CHANGE_ME/callback", "has the placeholder 'CHANGE_ME'"),
        ("https://your-domain.co.ke/callback", "has the placeholder 'your-domain'"),
        ("https://yourdomain.com/callback", "has the placeholder 'yourdomain'"),
        ("https://mydomain.com/path", "has the placeholder 'mydomain'"),
        ("https://example.com/your/callback", "has the placeholder 'example.com'"),
        ("https://www.example.org", "has the placeholder 'example.org'"),
        ("https://shop.example/\x00", "is not a whole address without spaces"),
        ("https://shop.example/malipo\u2011callback", "is not a whole address without spaces"),
        ("https://shop.example/\udc80", "is not a whole address without spaces"),
        ("https://user@shop.example/", "has a user name or a #fragment"),
        ("https://user:hush@shop.example/", "has a user name or a #fragment"),
        ("https://@shop.example/", "has a user name or a #fragment"),
        ("https://shop.example/#callback", "has a user name or a #fragment"),
        (None, "is not a whole address without spaces"),
        (7, "is not a whole address without spaces"),
        (b"https://shop.example/", "is not a whole address without spaces"),
        (["https://shop.example/"], "is not a whole address without spaces"),
    ],
)
def test_a_text_that_is_not_an_address_is_refused_everywhere(address: object, fault: str) -> None:
    for environment in (SANDBOX, PRODUCTION):
        with pytest.raises(ValueError, match=f"^{fault}") as caught:
            check_callback_url(cast("str", address), environment)
        assert "hush" not in str(caught.value)


@pytest.mark.parametrize(
    "address",
    [
        "https://myshop.co.ke/callback",
        "https://yourmechanic.co.ke/callback",
        "https://shop.example/for/example.com",
        "https://goodexample.com/callback",
        "https://example.com.ke/callback",
    ],
)
def test_an_address_that_only_looks_like_a_placeholder_is_accepted(address: str) -> None:
    assert {check_callback_url(address, environment) for environment in EVERY} == {address}


@given(st.text(st.characters()) | st.text("htps:/@[]?#.%1a \n\\", max_size=40), st.sampled_from(EVERY))
@example("https://[::1%25lo]/", PRODUCTION)
@example("https://a." * 10_000, PRODUCTION)
def test_any_text_is_taken_unchanged_or_refused(address: str, environment: Environment) -> None:
    try:
        assert check_callback_url(address, environment) == address
    except ValueError as error:
        fault = str(error)
        assert fault
    else:
        assert "" not in doubts_about_callback_url(address, environment)


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("https://shop.example/mpesa/callback", "mpesa"),
        ("https://shop.example/m-pesa/", "m-pesa"),
        ("https://shop.example/M-PESA/", "m-pesa"),
        ("https://shop.example/MPesaCallback", "mpesa"),
        ("https://mpesa.shop.example/", "mpesa"),
        ("https://shop.example/Safaricom", "safaricom"),
        ("https://safaricom-shop.example/", "safaricom"),
        ("https://shop.example/exe", "exe"),
        ("https://shop.example/file.EXE", "exe"),
        ("https://shop.example/exec/", "exec"),
        ("https://shop.example/executive", "exec"),
        ("https://shop.example/cmd", "cmd"),
        ("https://shop.example/Sql", "sql"),
        ("https://shop.example/mysqlshop", "sql"),
        ("https://shop.example/?query=7", "query"),
        ("https://shop.example/QUERY", "query"),
        ("https://shop.example/mpesa?sql=Mpesa", "mpesa, sql"),
    ],
)
def test_words_that_safaricom_filters(address: str, words: str) -> None:
    expected = f"holds {words}, and Safaricom filters addresses with such words; choose other words"
    for environment in EVERY:
        assert check_callback_url(address, environment) == address
        assert doubts_about_callback_url(address, environment) == [expected]


@pytest.mark.parametrize(
    "address", ["https://shop.example/api/payments/callback/0a1b2c3d4e5f", "https://pesa.example/malipo/kuq?safari=com"]
)
def test_other_words_are_fine(address: str) -> None:
    assert [doubts_about_callback_url(address, environment) for environment in EVERY] == [[]] * len(EVERY)


@pytest.mark.parametrize(
    "host",
    [
        "0a1b.ngrok.io",
        "shop.ngrok-free.app",
        "NGROK.example",
        "abc.mockbin.org",
        "requestbin.net",
        "en1.requestbin.com",
    ],
)
def test_a_tunnel_is_doubtful_in_production_alone(host: str) -> None:
    address = f"https://{host}/callback"
    expected = "is a tunnel, and Safaricom refuses tunnels in production; use an address of your own"
    assert doubts_about_callback_url(address, PRODUCTION) == [expected]
    assert [doubts_about_callback_url(address, environment) for environment in NEAR] == [[]] * len(NEAR)


@pytest.mark.parametrize("host", ["localhost:8000", "127.0.0.1", "[::1]:8000", "shop.localhost"])
def test_safaricoms_sandbox_cannot_call_this_machine(host: str) -> None:
    address = f"http://{host}/callback"
    expected = "is this machine, where Safaricom's sandbox cannot call; use a tunnel or the simulator"
    assert doubts_about_callback_url(address, SANDBOX) == [expected]
    assert [doubts_about_callback_url(address, environment) for environment in NEAR[1:]] == [[]] * (len(NEAR) - 1)


def test_all_doubts_are_listed() -> None:
    assert len(doubts_about_callback_url("https://mpesa.ngrok.io/", PRODUCTION)) == 2
