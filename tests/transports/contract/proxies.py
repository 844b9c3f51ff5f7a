"""Requests that go through a proxy, which the environment names."""

# ruff: noqa: ANN401 - a transport may be of any type

from pathlib import Path
from typing import Any

import pytest
import trustme

from daraja.errors import NotSent, OutcomeUnknown
from daraja.testing import ManualClock
from tests.support.servers import (
    Behaviour,
    Tunnel,
    always,
    drop,
    hang,
    http,
    raw_server,
    refused_address,
    tls_server,
)
from tests.transports.contract.base import TransportCase, push

__all__ = ["ProxyPromises"]


class ProxyPromises(TransportCase):
    @pytest.fixture(autouse=True)
    def proxies_serve_every_host(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("no_proxy", "")

    def test_the_proxy_of_the_environment_is_used(self, transport: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        with raw_server(always(http())) as proxy:
            monkeypatch.setenv("http_proxy", proxy.address)
            self.send(transport, push("http://daraja.example"))

        first_lines = [seen.first_line for seen in proxy.seen]
        assert first_lines == ["POST http://daraja.example/mpesa/stkpush/v1/processrequest HTTP/1.1"]

    @pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
    def test_a_local_daraja_is_never_looked_for_through_a_proxy(
        self, transport: Any, host: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("http_proxy", refused_address())
        with raw_server(always(http())) as server:
            address = server.address.replace("127.0.0.1", host)
            assert self.send(transport, push(address)).status == 200

    @pytest.mark.parametrize(("behaviour", "fails"), [(always(http()), False), (drop, True), (hang, True)])
    def test_a_push_through_a_tunnel_is_sent_once_with_every_answer(
        self, clock: ManualClock, behaviour: Behaviour, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, fails: bool
    ) -> None:
        """urllib3 calls it an error of the proxy when the connection behind the tunnel breaks after the request."""
        authority, bundle = trustme.CA(), tmp_path / "ca.pem"
        authority.cert_pem.write_to_path(bundle)
        with tls_server(authority, behaviour, "daraja.example") as server:
            proxy = Tunnel(server)
            monkeypatch.setenv("https_proxy", proxy.address)
            transport = self.make_transport(clock, timeout=(5, 0.5), trusts=bundle)
            if fails:
                assert isinstance(self.failure(transport, push("https://daraja.example")), OutcomeUnknown)
            else:
                assert self.send(transport, push("https://daraja.example")).status == 200
            self.close(transport)
            proxy.close()

        assert [seen.first_line.split()[0] for seen in proxy.seen] == ["CONNECT"]
        assert [seen.first_line.split()[0] for seen in server.seen] == ["POST"]

    @pytest.mark.parametrize("scheme", ["http", "https"])
    def test_a_proxy_that_is_down_is_called_a_proxy_that_is_down(
        self, transport: Any, scheme: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        proxy = refused_address()
        monkeypatch.setenv(f"{scheme}_proxy", proxy.replace("//", "//user:hush-hush@"))
        failed = self.failure(transport, push(f"{scheme}://daraja.example"))

        assert isinstance(failed, NotSent)
        assert f"the proxy {proxy} was not found or did not connect us" in str(failed)
        assert "daraja.example" not in str(failed)
        assert "hush-hush" not in f"{failed} {failed!r}"

    def test_a_proxy_that_refuses_to_connect_us_passed_nothing_on(
        self, transport: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with raw_server(always(http("407 Proxy Authentication Required"), keep=False)) as proxy:
            monkeypatch.setenv("https_proxy", proxy.address)
            failed = self.failure(transport, push("https://daraja.example"))
            assert f"the proxy {proxy.address} refused to connect us" in str(failed)

        assert isinstance(failed, NotSent)
        assert [seen.first_line.split()[0] for seen in proxy.seen] == ["CONNECT"]

    def test_a_socks_proxy_names_the_package_that_it_needs(
        self, transport: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("https_proxy", "socks5://user:hush-hush@127.0.0.1:1")
        failed = self.failure(transport, push("https://daraja.example"))

        assert isinstance(failed, NotSent)
        assert "socks]" in str(failed)
        assert "hush-hush" not in f"{failed} {failed!r}"
