"""The check of Safaricom's addresses: a client cannot pass it with a forged header."""

import re
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daraja import SAFARICOM_ADDRESSES, Checkout, Daraja, Status, client_ip
from daraja.errors import ConfigurationError
from daraja.lifecycle.source_ip import read_address, read_addresses
from daraja.stores import MemoryStore
from daraja.testing import ManualClock
from tests.support.scripted import ScriptedTransport, accepted, answer, settings, token

SAFARICOM: Final = "196.201.214.200"
STRANGER: Final = "203.0.113.9"

four = st.ip_addresses(v=4).map(str)
six = st.ip_addresses(v=6).map(str)
addresses = st.one_of(four, six)
ports = st.integers(0, 65_535)
garbage = st.text(max_size=30)


def same(text: str) -> str:
    """Return an address in Python's form."""
    address = ip_address(text)
    return str((address.ipv4_mapped if isinstance(address, IPv6Address) else None) or address)


# The list -------------------------------------------------------------------------------------------------------------


def test_the_list_is_data_of_twelve_addresses_that_differ() -> None:
    assert len(SAFARICOM_ADDRESSES) == len(read_addresses(SAFARICOM_ADDRESSES)) == 12
    assert all(address.startswith("196.201.21") for address in SAFARICOM_ADDRESSES)


# One address, however it is written -----------------------------------------------------------------------------------


@given(four, ports)
def test_an_address_is_read_with_a_port_or_without_and_as_ipv6(text: str, port: int) -> None:
    expected = IPv4Address(text)

    for spelling in (
        text,
        f" {text} ",
        f"{text}:{port}",
        f"::ffff:{text}",
        f"[::ffff:{text}]",
        f"[::FFFF:{text}]:{port}",
    ):
        assert read_address(spelling) == expected


@given(six, ports)
def test_an_ipv6_address_is_read_bare_or_in_brackets(text: str, port: int) -> None:
    expected = ip_address(same(text))

    for spelling in (text, text.upper(), f"[{text}]", f"[{text}]:{port}"):
        assert read_address(spelling) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "unknown",
        "_hidden",
        "localhost",
        "unix:",
        "196.201.214",
        "196.201.214.256",
        "196.201.214.0200",
        "196.201.214.200.",
        "196.201.214.200/24",
        "196.201.214.200 203.0.113.9",
        "196.201.214.200, 203.0.113.9",
        "196.201.214.200:",
        "196.201.214.200:http",
        "196.201.214.200:123456",
        "196.201.214.200:80:80",
        "[196.201.214.200]",
        "[196.201.214.200",
        "[::1",
        "::1]",
        "[::1]x",
        "[::1]:",
        "[::1]:http",
        "[]",
        "[]:80",
        ":80",
        "\uff11\uff19\uff16.201.214.200",
        "\u0661.1.1.1",
        "3301562056",
        "0xc4.0xc9.0xd6.0xc8",
    ],
)
def test_other_texts_are_not_an_address(text: str) -> None:
    assert read_address(text) is None
    assert client_ip(text) == ""


@given(garbage)
def test_any_text_can_be_read_without_an_error(text: str) -> None:
    address = read_address(text)

    assert address is None or str(address) == same(str(address))


# Whose request it is --------------------------------------------------------------------------------------------------


@given(addresses, garbage, st.lists(garbage, max_size=3))
def test_without_a_proxy_of_ours_no_header_counts(remote: str, header: str, headers: list[str]) -> None:
    assert client_ip(remote) == client_ip(remote, header) == client_ip(remote, headers) == same(remote)


hops = st.lists(addresses, min_size=1, max_size=4)
forged = st.lists(st.one_of(garbage, st.sampled_from(SAFARICOM_ADDRESSES)), max_size=3).map(", ".join)


@given(forged, addresses, st.lists(addresses, max_size=3), addresses)
def test_behind_our_proxies_the_client_is_found_although_it_forges_the_header(
    forged: str, client: str, between: list[str], nearest: str
) -> None:
    """Each proxy appends the address of its caller; the nearest proxy calls us."""
    header = ", ".join([*([forged] if forged else []), client, *between])

    assert client_ip(nearest, header, proxies=1 + len(between)) == same(client)


@given(forged, addresses, st.lists(addresses, max_size=3), addresses)
def test_several_headers_count_as_one(forged: str, client: str, between: list[str], nearest: str) -> None:
    headers = [forged, client, *between]

    assert client_ip(nearest, headers, proxies=1 + len(between)) == same(client)


@given(hops, addresses, st.integers(1, 5))
def test_with_fewer_proxies_than_expected_no_address_is_known(hops: list[str], remote: str, more: int) -> None:
    assert client_ip(remote, ", ".join(hops), proxies=len(hops) + more) == ""


def test_a_forged_header_gives_only_the_address_of_its_sender() -> None:
    assert client_ip(STRANGER, SAFARICOM) == STRANGER
    assert client_ip("10.0.0.1", f"{SAFARICOM}, {STRANGER}", proxies=1) == STRANGER
    assert client_ip("10.0.0.1", [SAFARICOM, STRANGER], proxies=1) == STRANGER
    assert client_ip("10.0.0.1", f"{SAFARICOM}, {STRANGER}, 10.0.0.7", proxies=2) == STRANGER


@pytest.mark.parametrize("header", [f"{SAFARICOM},", f"{SAFARICOM}, ", f"{SAFARICOM},,", f"{SAFARICOM}, unknown"])
def test_an_unknown_address_from_a_proxy_is_not_replaced_by_a_forged_one(header: str) -> None:
    assert client_ip("10.0.0.1", header, proxies=1) == ""


@pytest.mark.parametrize("header", ["", " ", [], [""], ["", " "]])
def test_without_a_header_the_nearest_address_counts(header: str | list[str]) -> None:
    assert client_ip(SAFARICOM, header) == SAFARICOM
    assert client_ip("10.0.0.1", header, proxies=1) == ""


def test_ports_and_brackets_in_a_header_are_read() -> None:
    assert client_ip("10.0.0.1", f"{SAFARICOM}:51000", proxies=1) == SAFARICOM
    assert client_ip("::1", f"[::ffff:{SAFARICOM}]:51000", proxies=1) == SAFARICOM
    assert client_ip(f"::ffff:{SAFARICOM}") == SAFARICOM


@pytest.mark.parametrize("proxies", [-1, -100])
def test_a_negative_number_of_proxies_is_refused(proxies: int) -> None:
    with pytest.raises(ValueError, match=re.escape(f"proxies is {proxies};")):
        client_ip(SAFARICOM, proxies=proxies)


# The lock -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("wrong", ["196.201.214.0/24", "safaricom.co.ke", "", None, IPv4Address(SAFARICOM)])
def test_a_list_with_anything_but_addresses_is_refused_by_name(wrong: str) -> None:
    daraja = Daraja(settings(), transport=ScriptedTransport([]))
    with pytest.raises(ConfigurationError) as caught:
        Checkout(daraja, MemoryStore(), senders=[SAFARICOM, wrong])

    assert list(caught.value.faults) == ["senders"]
    assert caught.value.faults["senders"].startswith(repr(wrong))


def test_one_address_instead_of_a_list_is_refused() -> None:
    with pytest.raises(ValueError, match="list each address"):
        read_addresses(SAFARICOM)


PAID: Final = {"Body": {"stkCallback": {"ResultCode": 0, "ResultDesc": "Fine"}}}


def called_back(remote_ip: str, senders: tuple[str, ...] | None) -> tuple[Status, bool]:
    """Start a payment and call its signed address; return its status, and whether Daraja was queried."""
    clock, transport = ManualClock(), ScriptedTransport([token(), accepted(), answer(200, {"ResponseCode": "0"})])
    checkout = Checkout(Daraja(settings(), transport=transport, clock=clock), MemoryStore(), senders=senders)
    payment = checkout.start(phone="0712345678", amount=500, reference="A")
    signed = str(transport.sent()["CallBackURL"]).rstrip("/").rpartition("/")[2]
    reply = checkout.receive(PAID, token=signed, remote_ip=remote_ip)
    assert reply.status_code == 200
    checkout.reconcile()
    after = checkout.store.load(payment.key)
    assert after is not None
    return after.status, transport.paths[2:] == ["query"]


@pytest.mark.parametrize("remote_ip", ["", STRANGER, SAFARICOM])
def test_the_check_of_addresses_is_off_by_default(remote_ip: str) -> None:
    assert called_back(remote_ip, None) == (Status.SUCCESS, False)


@pytest.mark.parametrize("address", [*SAFARICOM_ADDRESSES, f"::ffff:{SAFARICOM}", f"{SAFARICOM}:443"])
def test_a_callback_from_safaricom_is_trusted(address: str) -> None:
    assert called_back(address, SAFARICOM_ADDRESSES) == (Status.SUCCESS, False)


@pytest.mark.parametrize("remote_ip", ["", STRANGER, "196.201.214.201", "garbage", f"{SAFARICOM}, {STRANGER}"])
def test_a_callback_from_another_address_is_not_trusted_and_daraja_is_queried(remote_ip: str) -> None:
    assert called_back(remote_ip, SAFARICOM_ADDRESSES) == (Status.INITIATED, True)


def test_a_forged_header_is_not_trusted() -> None:
    behind_a_proxy = client_ip("10.0.0.1", f"{SAFARICOM}, {STRANGER}", proxies=1)

    assert called_back(behind_a_proxy, SAFARICOM_ADDRESSES) == (Status.INITIATED, True)


def test_the_user_s_own_list_replaces_safaricom_s() -> None:
    assert called_back(STRANGER, (STRANGER,)) == (Status.SUCCESS, False)
    assert called_back(SAFARICOM, (STRANGER,)) == (Status.INITIATED, True)
    assert called_back(SAFARICOM, ()) == (Status.INITIATED, True)
