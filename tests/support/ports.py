"""Ports of this machine for servers that a test starts."""

import secrets
import socket
from contextlib import suppress

__all__ = ["free_port"]


def free_port() -> int:
    """Return a port of loopback that nothing uses, and that no system gives to a program which asks for any."""
    while True:
        port = 20_000 + secrets.randbelow(10_000)
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
