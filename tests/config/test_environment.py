"""An environment is an https address, this machine or a container, and no name stands for another environment."""

from typing import cast

import attrs
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from daraja.config.environment import Environment, is_loopback
from daraja.errors import ConfigurationError
from tests.support.leaks import everything_shown

addresses = st.one_of(
    st.text(st.characters()),
    st.text("htps:/@[]?#.%1aA \n\\-_é", max_size=40),
    st.text("@[]?#.%1aA:/ \n\\-_é", max_size=30).map("https://{}".format),
)


@pytest.mark.parametrize(
    ("name", "base_url", "is_local"),
    [
        ("sandbox", "https://sandbox.safaricom.co.ke", False),
        ("production", "https://api.safaricom.co.ke", False),
        ("simulator", "http://127.0.0.1:8765", True),
    ],
)
def test_the_three_names(name: str, base_url: str, *, is_local: bool) -> None:
    environment = Environment.named(name)
    assert (environment.name, environment.base_url, environment.is_local) == (name, base_url, is_local)
    assert environment == Environment(base_url)
    assert hash(environment) == hash(Environment(base_url))


@pytest.mark.parametrize(
    "name",
    [
        "",
        "Production",
        "PRODUCTION",
        "prod",
        "live",
        "pr\u043eduction",
        "https://api.safaricom.co.ke",
        "x" * 100_000,
        "\udc80",
        None,
        1,
        True,
        b"sandbox",
        ["production"],
        {},
    ],
    ids=lambda name: repr(name)[:20],
)
def test_any_other_name_is_refused(name: object) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Environment.named(cast("str", name))
    fault = caught.value.faults["environment"]
    assert "is not known; use one of sandbox, production, simulator, or Environment(address)" in fault
    assert len(fault) < 220


@pytest.mark.parametrize(
    ("address", "base_url"),
    [
        ("https://daraja.example", "https://daraja.example"),
        ("https://daraja.example/", "https://daraja.example"),
        ("HTTPS://Daraja.Example", "https://daraja.example"),
        ("https://daraja.example.", "https://daraja.example"),
        ("https://daraja.example:8443", "https://daraja.example:8443"),
        ("https://10.0.0.7", "https://10.0.0.7"),
        ("https://[2001:DB8::1]:8443", "https://[2001:db8::1]:8443"),
        ("http://127.0.0.1", "http://127.0.0.1"),
        ("http://127.0.0.1:80", "http://127.0.0.1"),
        ("http://127.9.9.9:9000", "http://127.9.9.9:9000"),
        ("http://localhost:9000", "http://localhost:9000"),
        ("http://LOCALHOST:9000/", "http://localhost:9000"),
        ("http://daraja.localhost", "http://daraja.localhost"),
        ("http://[::1]:9000", "http://[::1]:9000"),
        ("http://[::1]", "http://[::1]"),
        ("https://127.0.0.1:80", "https://127.0.0.1:80"),
    ],
)
def test_an_address_of_your_own(address: str, base_url: str) -> None:
    environment = Environment(address)
    assert environment.base_url == environment.name == base_url
    assert Environment(base_url) == environment


@pytest.mark.parametrize(
    "address",
    [
        "https://api.safaricom.co.ke/",
        "https://API.safaricom.co.ke",
        "HTTPS://api.safaricom.co.ke",
        "https://api.safaricom.co.ke:443",
        "https://api.safaricom.co.ke:",
        "https://api.safaricom.co.ke.",
        "https://api.safaricom.co.ke.:443/",
    ],
)
def test_production_is_recognised_however_its_address_is_written(address: str) -> None:
    assert Environment(address) == Environment.named("production")
    assert Environment(address).name == "production"


@pytest.mark.parametrize(
    ("address", "fault"),
    [
        ("", "is not the address of a Daraja"),
        ("sandbox", "is not the address of a Daraja"),
        ("daraja.example", "is not the address of a Daraja"),
        ("//daraja.example", "would send credentials unencrypted or not at all"),
        ("https://", "is not the address of a Daraja"),
        ("https:///oauth", "is not the address of a Daraja"),
        ("https://:8443", "is not the address of a Daraja"),
        ("https://.", "is not the address of a Daraja"),
        ("https://..:8443", "is not the address of a Daraja"),
        ("https://daraja.example:http", "is not the address of a Daraja"),
        ("https://daraja.example:65536", "is not the address of a Daraja"),
        ("https://daraja.example:-1", "is not the address of a Daraja"),
        ("https://[::1", "is not the address of a Daraja"),
        ("https://[nonsense]", "is not the address of a Daraja"),
        ("https://daraja.example\n", "ends with a line end"),
        (" https://daraja.example", "has a blank before or after it"),
        ('"https://daraja.example"', "has quotes around it"),
        ("https://daraja .example", "is not the address of a Daraja"),
        ("https://daraja\x00.example", "is not the address of a Daraja"),
        ("https://d\u0430raja.example", "is not the address of a Daraja"),
        ("https://daraja.example\udc80", "is not the address of a Daraja"),
        ("https://user@daraja.example", "has more than scheme, host and port"),
        ("https://user:hush@daraja.example", "has more than scheme, host and port"),
        ("https://@daraja.example", "has more than scheme, host and port"),
        ("https://daraja.example/mpesa", "has more than scheme, host and port"),
        ("https://daraja.example?hush=1", "has more than scheme, host and port"),
        ("https://daraja.example#hush", "has more than scheme, host and port"),
        ("http://daraja.example", "would send credentials unencrypted"),
        ("http://api.safaricom.co.ke", "would send credentials unencrypted"),
        ("http://172.32.0.1", "would send credentials unencrypted"),
        ("http://192.169.0.1", "would send credentials unencrypted"),
        ("http://100.64.0.1", "would send credentials unencrypted"),
        ("http://0.0.0.0:8765", "would send credentials unencrypted"),
        ("http://2130706433:8765", "would send credentials unencrypted"),
        ("http://0x7f000001:8765", "would send credentials unencrypted"),
        ("http://daraja.local.example:8765", "would send credentials unencrypted"),
        ("http://daraja.lan:8765", "would send credentials unencrypted"),
        ("http://localhost.example", "would send credentials unencrypted"),
        ("http://127.0.0.1.example", "would send credentials unencrypted"),
        ("http://[::2]", "would send credentials unencrypted"),
        ("ftp://127.0.0.1", "would send credentials unencrypted or not at all"),
        ("file://localhost", "would send credentials unencrypted or not at all"),
        (None, "is not the address of a Daraja"),
        (123, "is not the address of a Daraja"),
        (b"https://daraja.example", "is not the address of a Daraja"),
        (["https://daraja.example"], "is not the address of a Daraja"),
    ],
)
def test_any_other_address_is_refused(address: object, fault: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Environment(cast("str", address))
    assert fault in caught.value.faults["base_url"]
    assert "hush" not in everything_shown(caught.value)


@given(addresses)
@example("https://a@b")
@example("https://\udc80")
@example("https://a" * 10_000)
def test_any_text_is_a_safe_address_or_refused(address: str) -> None:
    try:
        environment = Environment(address)
    except ConfigurationError as error:
        fields = list(error.faults)
        assert fields == ["base_url"]
    else:
        assert environment.base_url.startswith("https://") or environment.is_local
        assert Environment(environment.base_url) == environment
        assert "@" not in environment.base_url


@pytest.mark.parametrize("address", ["http://daraja:8765", "http://simulator", "http://mpesa-daraja-1:80"])
def test_a_container_is_called_by_its_name_without_encryption(address: str) -> None:
    environment = Environment(address)
    assert environment.base_url == address.removesuffix(":80")
    assert environment.is_local


@pytest.mark.parametrize(
    ("address", "is_on_this_machine"),
    [
        ("http://host.docker.internal:8765", True),
        ("http://gateway.docker.internal:8765", True),
        ("http://host.containers.internal:8765", True),
        ("http://127.0.0.1:8765", True),
        ("http://daraja:8765", True),
        ("http://daraja.internal:8765", False),
        ("http://daraja.docker.internal:8765", False),
        ("http://wanjikus-laptop.local:8765", False),
        ("http://daraja.home.arpa:8765", False),
        ("http://10.0.2.2:8765", False),
        ("http://172.17.0.1:8765", False),
        ("http://172.31.255.255:8765", False),
        ("http://192.168.1.20:8765", False),
        ("http://[fd00::7]:8765", False),
    ],
)
def test_a_private_network_needs_no_encryption_and_may_still_lead_to_production(
    address: str, *, is_on_this_machine: bool
) -> None:
    environment = Environment(address)
    assert (environment.base_url, environment.is_local) == (address, True)
    assert environment.is_on_this_machine is is_on_this_machine
    assert Environment(address.replace("http:", "https:")).is_local is is_on_this_machine


@pytest.mark.parametrize(
    ("name", "words"),
    [
        (" ", "has a blank before or after it"),
        (" sandbox", "has a blank before or after it"),
        ("sandbox ", "has a blank before or after it"),
        ("production\n", "ends with a line end"),
        ('"production"', "has quotes around it"),
    ],
)
def test_characters_around_a_name_are_named(name: str, words: str) -> None:
    with pytest.raises(ConfigurationError, match=f"environment: {words}"):
        Environment.named(name)


def test_it_cannot_be_pointed_elsewhere() -> None:
    environment = Environment.named("sandbox")
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        environment.base_url = "https://api.safaricom.co.ke"  # type: ignore[misc]  # that is the test


@pytest.mark.parametrize("host", ["localhost", "shop.localhost", "127.0.0.1", "127.1.2.3", "::1"])
def test_this_machine(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["", "localhost.example", "notlocalhost", "128.0.0.1", "0.0.0.0", "::2", "127.1"])  # noqa: S104 - nobody listens
def test_another_machine(host: str) -> None:
    assert not is_loopback(host)
