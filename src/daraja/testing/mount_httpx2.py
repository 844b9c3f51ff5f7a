"""The local Daraja mounted on httpx2: what a test sends with it in async code reaches an engine and not a socket."""

from collections.abc import Generator
from contextlib import contextmanager
from unittest.mock import patch

from daraja.errors import NotSent, OutcomeUnknown
from daraja.http.messages import HttpRequest
from daraja.testing.mounted import MountedDaraja

try:
    import httpx2
except ImportError as missing:
    message = 'daraja.testing.mount_httpx2 needs httpx2; install it with: pip install "daraja-kit[async]"'
    raise ImportError(message) from missing

__all__ = ["mount_httpx2"]


@contextmanager
def mount_httpx2(daraja: MountedDaraja) -> Generator[None]:
    """Let a mounted Daraja answer every ``httpx2.AsyncClient`` until the block ends, much as requests-mock does.

    A request to any other address is an ``httpx2.ConnectError``. Clients with a transport of their own, such as
    ``httpx2.ASGITransport`` or ``httpx2.MockTransport``, are left alone, and so are those that are not async.

    Args:
        daraja: What ``daraja.testing.mount.mount`` gives.

    Raises:
        Exception: When the block ends, what ``deliver`` raised for a callback that came before the answer to its push.
    """
    raised: list[Exception] = []

    async def handle_async_request(_: httpx2.AsyncHTTPTransport, request: httpx2.Request) -> httpx2.Response:
        asked = HttpRequest(request.method, str(request.url), dict(request.headers), await request.aread())
        try:
            answer = await daraja.asend(asked)
        except NotSent as refused:
            message = (
                f"{refused.args[0]}; a client for another address takes a transport of its own, as MockTransport is"
            )
            raise httpx2.ConnectError(message, request=request) from None
        except OutcomeUnknown as lost:
            raise httpx2.RemoteProtocolError(str(lost), request=request) from None
        except Exception as error:
            raised.append(error)  # whoever asked may take it for a broken connection
            raise
        return httpx2.Response(answer.status, headers=answer.headers, stream=httpx2.ByteStream(answer.body))

    with patch.object(httpx2.AsyncHTTPTransport, "handle_async_request", handle_async_request):
        yield
    if raised:
        raise raised[0]
