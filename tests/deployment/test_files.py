"""The files in the Django shop's ``deploy`` folder, run where this machine can run them."""

import re
import shutil
import socket
import sqlite3
import subprocess
from collections.abc import Generator
from contextlib import ExitStack, closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Final

import pytest
from sqlalchemy import make_url

from daraja import Checkout, Daraja, Status, client_ip
from daraja.stores.sql import SqlStore
from daraja.testing import ManualClock
from tests.examples.programs import EXAMPLES
from tests.support.ports import free_port
from tests.support.real.keeper import kept
from tests.support.real.plugin import unavailable
from tests.support.real.programs import Program, installed
from tests.support.real.server import Server, Unavailable
from tests.support.servers import RawServer, always, drop, http, raw_server

DEPLOY: Final = EXAMPLES / "django_checkout" / "deploy"
CALLBACK: Final = "/api/payments/callback/1a00/"

_RUN_NGINX: Final = """
echo "$CONFIGURATION" >"$0/nginx.conf"
"$1" -p "$0" -e stderr -c "$0/nginx.conf"
"""
_AROUND: Final = """
daemon off;
pid nginx.pid;
error_log stderr notice;
events {}
http {
    access_log access.log;
    client_body_temp_path bodies;
    proxy_temp_path proxied;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    %s
}
"""


@pytest.fixture
def nginx(request: pytest.FixtureRequest) -> Program:
    found = next(installed(["nginx"], usual=["usr/sbin"]), None)
    return found or unavailable(
        request, "nginx", Unavailable("this machine has none (Debian: apt install nginx-light).")
    )


@contextmanager
def behind(nginx: Program, shop: RawServer) -> Generator[tuple[int, Path]]:
    """Run nginx with the file of the example, on a free port and without TLS; yield the port and its folder."""
    port = free_port()
    site = (DEPLOY / "nginx.conf").read_text()
    site, of_addresses = re.subn(r"127\.0\.0\.1:8000|listen 443 ssl|listen 80", lambda found: {
        "127.0.0.1:8000": f"127.0.0.1:{shop.port}",
        "listen 443 ssl": f"listen 127.0.0.1:{port}",
        "listen 80": f"listen 127.0.0.1:{free_port()}",
    }[found.group()], site)  # fmt: skip
    site, of_certificates = re.subn(r"(?m)^ *ssl_certificate.*\n", "", site)
    assert (of_addresses, of_certificates) == (3, 2)
    configuration = {"CONFIGURATION": _AROUND % site}
    with kept(_RUN_NGINX, nginx, environ=configuration, ready="start worker process ") as folder:
        yield port, folder


def post(port: int, body: bytes, *, path: str = CALLBACK, **headers: str) -> int:
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("POST", path, body, {name.replace("_", "-"): value for name, value in headers.items()})
    status = connection.getresponse().status
    connection.close()
    return status


def test_nginx_passes_a_callback_on_unchanged_and_refuses_a_body_that_is_too_long(nginx: Program) -> None:
    body = bytes(range(256)) * 256  # 64 KiB
    with raw_server(always(http())) as shop, behind(nginx, shop) as (port, _):
        assert post(port, body) == 200
        assert post(port, body + b"x") == 413

    assert [seen.body for seen in shop.seen] == [body]
    assert shop.seen[0].first_line.startswith(f"POST {CALLBACK} ")


def test_slow_senders_hold_a_connection_of_nginx_and_none_of_the_shop(nginx: Program) -> None:
    with raw_server(always(http())) as shop, behind(nginx, shop) as (port, _), ExitStack() as stack:
        for _ in range(40):
            slow = stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=30))
            slow.sendall(f"POST {CALLBACK} HTTP/1.1\r\nHost: shop.example\r\nContent-Length: 900\r\n\r\nx".encode())

        assert post(port, b"{}") == 200
        assert [seen.body for seen in shop.seen] == [b"{}"]
        assert shop.connections == 1


def test_a_request_whose_answer_is_lost_is_not_sent_again(nginx: Program) -> None:
    with raw_server(drop) as shop, behind(nginx, shop) as (port, _):
        assert post(port, b"{}", path="/api/payments/mpesa/stk-push/") == 502

    assert len(shop.seen) == 1


def test_the_shop_finds_the_address_of_the_caller_whatever_the_caller_claims(nginx: Program) -> None:
    with raw_server(always(http())) as shop, behind(nginx, shop) as (port, _):
        post(port, b"{}", X_Forwarded_For="196.201.214.200")

    (forwarded,) = shop.seen[0].header("X-Forwarded-For")
    assert client_ip("127.0.0.1", forwarded, proxies=1) == "127.0.0.1"
    assert shop.seen[0].header("X-Forwarded-Proto") == ["https"]


def test_the_log_of_nginx_has_no_address_of_a_callback(nginx: Program) -> None:
    with raw_server(always(http())) as shop, behind(nginx, shop) as (port, folder):
        post(port, b"{}")
        post(port, b"{}", path="/api/orders/")
        post(port, b"{}")  # nginx writes its log after the answer, so the line before this one is there now
        assert "POST /api/orders/" in (log := (folder / "access.log").read_text())
        assert "callback" not in log


def test_systemd_reads_the_units() -> None:
    found = shutil.which("systemd-analyze")
    if found is None:
        pytest.skip("systemd: this machine has none")
    units = sorted(DEPLOY.glob("*.service"))
    done = subprocess.run([found, "verify", "--man=no", *units], capture_output=True, text=True, check=False)

    complaints = [line for line in done.stderr.splitlines() if "is not executable: No such file" not in line]
    assert units
    assert not [line for line in complaints if any(unit.name in line for unit in units)]


def _run(program: str, *arguments: object) -> None:
    """Run a client program of PostgreSQL, the newest on this machine, because an older one reads no newer server."""
    found = [str(one.path) for one in installed([program], usual=["usr/lib/postgresql/*/bin"])]
    if not found:
        pytest.skip(f"{program}: this machine has none. Install it (Debian: apt install postgresql-client).")
    done = subprocess.run([found[-1], *map(str, arguments)], capture_output=True, text=True, check=False)
    if "server version mismatch" in done.stderr:
        pytest.skip(f"{program}: this machine has one that is older than its server.")
    assert done.returncode == 0, done.stderr


def test_payments_are_dumped_and_restored_and_an_open_one_is_settled_in_the_new_database(
    postgres: str, postgres_server: Server, daraja_client: Daraja, daraja_clock: ManualClock, tmp_path: Path
) -> None:
    dump = tmp_path / "shop.dump"
    with closing(SqlStore(postgres)) as store:
        store.create_schema()
        shop = Checkout(daraja_client, store)
        paid = shop.start(phone="0700 000 000", amount=500, reference="A")
        daraja_clock.advance(10)
        shop.refresh(paid.key)
        still_open = shop.start(phone="0700 000 000", amount=700, reference="B")
    _run("pg_dump", "--format=custom", f"--file={dump}", _for_libpq(postgres))
    daraja_clock.advance(10)

    with postgres_server.database() as restored:
        _run("pg_restore", "--clean", "--if-exists", "--no-owner", f"--dbname={_for_libpq(restored)}", dump)
        with closing(SqlStore(restored)) as store:
            shop = Checkout(daraja_client, store)
            assert shop.payment(paid.key).paid
            assert shop.payment(still_open.key).status == Status.INITIATED
            assert shop.refresh(still_open.key).became_success


def _for_libpq(address: str) -> str:
    return make_url(address).set(drivername="postgresql").render_as_string(hide_password=False)


def test_an_sqlite_file_is_copied_with_its_newest_payments(tmp_path: Path, daraja_client: Daraja) -> None:
    with closing(SqlStore(f"sqlite:///{tmp_path / 'payments.db'}")) as store:
        payment = Checkout(daraja_client, store).start(phone="0700 000 000", amount=500, reference="A")
        with closing(sqlite3.connect(tmp_path / "payments.db")) as connection:
            connection.execute("VACUUM INTO ?", (str(tmp_path / "backup.db"),))

    with closing(SqlStore(f"sqlite:///{tmp_path / 'backup.db'}")) as copy:
        assert copy.load(payment.key) == payment
