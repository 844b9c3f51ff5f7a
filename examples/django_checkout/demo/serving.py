"""The shop on this machine, with regular reconciliation, for the time of a block."""

import logging
from collections.abc import Generator
from contextlib import contextmanager
from threading import Event, Thread
from typing import Final

from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
from django.core.wsgi import get_wsgi_application
from django.db import connections

from daraja.django import checkout

__all__ = ["HOST", "looked_after", "opened", "served"]

HOST: Final = "127.0.0.1"

_log = logging.getLogger("payments")


class _Quiet(WSGIRequestHandler):
    """Prints no addresses, because callback addresses are secret."""

    def log_message(self, *_: object) -> None:
        """Print nothing."""


@contextmanager
def opened(port: int) -> Generator[ThreadedWSGIServer]:
    """Open the port, 0 for any free one; callers wait until it is served.

    Raises:
        OSError: If the port is not free.
    """
    try:
        server = ThreadedWSGIServer((HOST, port), _Quiet)
    except OSError as error:
        message = f"port {port} of {HOST} cannot be used ({error.strerror})"
        raise OSError(error.errno, message) from None
    try:
        yield server
    finally:
        server.server_close()


@contextmanager
def served(server: ThreadedWSGIServer) -> Generator[None]:
    """Serve the shop until the block ends."""
    server.set_app(get_wsgi_application())
    with _running(Thread(target=server.serve_forever, args=(0.05,))):
        try:
            yield
        finally:
            server.shutdown()


@contextmanager
def looked_after(seconds: float) -> Generator[None]:
    """Reconcile regularly, as ``manage.py daraja_reconcile`` does in a real shop."""
    closed = Event()

    def look() -> None:
        while not closed.wait(seconds):
            try:
                checkout().reconcile()
            except Exception:  # noqa: BLE001 - the next look may succeed, and the log has it
                _log.exception("demo.reconcile_failed")
            finally:
                connections.close_all()

    with _running(Thread(target=look)):
        try:
            yield
        finally:
            closed.set()


@contextmanager
def _running(thread: Thread) -> Generator[None]:
    thread.start()
    try:
        yield
    finally:
        thread.join()
