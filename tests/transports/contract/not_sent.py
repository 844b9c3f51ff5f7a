"""Requests that were certainly not sent: ``NotSent``, so a new attempt is safe."""

# ruff: noqa: ANN401 - a transport may be of any type

import re
import sys
from pathlib import Path
from time import monotonic
from typing import Any, Final

import pytest
import trustme

from daraja.errors import ConfigurationError, NotSent
from daraja.http.messages import HttpRequest
from daraja.testing import ManualClock
from tests.support.servers import always, crowded_address, http, raw_server, refused_address, tls_server
from tests.transports.contract.base import TOKEN, TransportCase, push

__all__ = ["NotSentPromises"]

_SOON: Final = 5.0


class NotSentPromises(TransportCase):
    def test_an_unreachable_address_means_not_sent(self, transport: Any) -> None:
        address = refused_address()
        failed = self.failure(transport, push(address.replace("//", "//user:hush-hush@")))

        assert isinstance(failed, NotSent)
        assert f"{address} (is the local Daraja running? python -m daraja.simulator)" in str(failed)
        assert "hush-hush" not in f"{failed} {failed!r}"

    @pytest.mark.parametrize(
        ("address", "reason"),
        [
            ("http://no-such-host.invalid", "not found or did not take"),
            ("http://[nonsense", "built|not found"),
            ("http://\x00", "built|not found"),
            ("ftp://127.0.0.1", "built"),
            ("127.0.0.1", "built"),
        ],
    )
    def test_an_unusable_address_means_not_sent(self, transport: Any, address: str, reason: str) -> None:
        failed = self.failure(transport, push(address))
        assert isinstance(failed, NotSent)
        assert re.search(reason, str(failed))

    @pytest.mark.skipif(sys.platform != "linux", reason="other systems take connections that nobody has room for")
    def test_a_host_that_does_not_let_us_connect_was_not_sent_to(self, transport: Any, clock: ManualClock) -> None:
        began = monotonic()
        hasty = self.make_transport(clock, timeout=(0.2, 5))
        with crowded_address() as address:
            within_its_limit = self.failure(transport, push(address, 0.4))
            within_the_transport_s = self.failure(hasty, push(address, None))
        self.close(hasty)

        assert isinstance(within_its_limit, NotSent)
        assert isinstance(within_the_transport_s, NotSent)
        words = f"no connection to {address} came about within 0.2 s"
        assert words in str(within_its_limit), "half of the limit is kept for reading the answer"
        assert words in str(within_the_transport_s)
        assert monotonic() - began < _SOON

    @pytest.mark.parametrize("seconds", [0, -1, -0.001])
    def test_a_request_without_time_left_is_not_sent(self, transport: Any, seconds: float) -> None:
        with raw_server(always(http())) as server:
            assert isinstance(self.failure(transport, push(server.address, seconds)), NotSent)

        assert server.connections == 0

    def test_an_untrusted_certificate_stops_the_request(
        self, transport: Any, clock: ManualClock, tmp_path: Path
    ) -> None:
        authority, bundle = trustme.CA(), tmp_path / "ca.pem"
        authority.cert_pem.write_to_path(bundle)
        with tls_server(authority, always(http())) as server:
            address = server.address.replace("http:", "https:")
            failed = self.failure(transport, push(address))
            assert isinstance(failed, NotSent)
            assert "certificate" in str(failed)
            assert server.seen == []

            trusting = self.make_transport(clock, trusts=bundle)
            failed = self.failure(trusting, push(address.replace("127.0.0.1", "localhost")))
            assert isinstance(failed, NotSent), "the certificate is another host's"
            assert "certificate" in str(failed)
            assert server.seen == []

            assert self.send(trusting, push(address)).status == 200
            self.close(trusting)

    @pytest.mark.parametrize("value", [f"{TOKEN}\r\nX-Injected: yes", f"{TOKEN}\nX: y"])
    def test_no_header_smuggles_in_another(self, transport: Any, value: str) -> None:
        with raw_server(always(http())) as server:
            self.failure(transport, HttpRequest("POST", server.address, {"Authorization": value}, b"{}"))

        assert server.seen == []

    @pytest.mark.parametrize(
        "timeout", [(0, 30), (5, -1), (5,), (1, 2, 3), 30, None, (5, None), (5, float("inf")), (float("nan"), 5)]
    )
    def test_a_time_out_that_is_none_is_refused(self, clock: ManualClock, timeout: tuple[float, float]) -> None:
        with pytest.raises(ConfigurationError, match="timeout"):
            self.make_transport(clock, timeout=timeout)
