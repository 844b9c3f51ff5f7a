"""HTTP as two plain values, which keep credentials and bodies out of their reprs."""

from collections.abc import Mapping

import attrs

__all__ = ["HttpRequest", "HttpResponse"]


@attrs.frozen
class HttpRequest:
    """A request to send.

    Args:
        method: ``GET`` or ``POST``.
        url: The whole address.
        headers: Names and values; hidden in the repr, since one of them is the access token.
        body: The bytes; hidden in the repr, since they hold a password and a phone number.
        timeout: Total time in seconds for sending the request and reading the response. It overrides the transport's
            own time-outs; a transport of your own should honour it.
    """

    method: str
    url: str
    headers: Mapping[str, str] = attrs.field(factory=dict[str, str], repr=False)
    body: bytes = attrs.field(default=b"", repr=False)
    timeout: float | None = None


@attrs.frozen
class HttpResponse:
    """The response to a request.

    Args:
        status: The HTTP status, for example 200.
        headers: Names and values, as they came; read them with ``header``.
        body: The bytes, hidden in the repr.
    """

    status: int
    headers: Mapping[str, str] = attrs.field(factory=dict[str, str], repr=False)
    body: bytes = attrs.field(default=b"", repr=False)

    def header(self, name: str, /) -> str | None:
        """Give a header's value, or None.

        Args:
            name: The header's name, in any case.
        """
        wanted = name.lower()
        return next((value for key, value in self.headers.items() if key.lower() == wanted), None)
