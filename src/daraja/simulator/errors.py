"""The errors that the local Daraja answers with: an HTTP status, Daraja's code and words, and a reason for the log."""

import json
from collections.abc import Mapping
from typing import Final

from daraja.http.messages import HttpResponse

Json = Mapping[str, object]
"""A JSON object."""

INVALID_PAYLOAD: Final = (400, "400.002.05", "Invalid Request Payload")
INVALID_TOKEN: Final = (404, "404.001.03", "Invalid Access Token")
BUSINESS_ERROR: Final = "500.001.1001"
"""One code for many errors: only its words tell a wrong password from an unknown shortcode or transaction."""


class AnswerLost(Exception):  # noqa: N818 - the request was accepted: it is no error of the simulator
    """The request was accepted, but its answer does not arrive: the server drops the connection without a byte."""


class HttpError(Exception):
    """A request that Daraja answers with an error.

    Args:
        status: The HTTP status.
        code: Daraja's ``errorCode``; empty if Daraja answers without a body.
        message: Daraja's words.
        why: What is wrong and how to mend it, for the event log; without secrets.
    """

    def __init__(self, status: int, code: str, message: str, why: str) -> None:
        super().__init__(status, code, message, why)
        self.status = status
        self.code = code
        self.message = message
        self.why = why

    def response(self, request_id: str) -> HttpResponse:
        """Return the answer on the wire."""
        if not self.code:
            return HttpResponse(self.status)
        body = {"requestId": request_id, "errorCode": self.code, "errorMessage": self.message}
        return json_response(self.status, body)


class GatewayError(HttpError):
    """A request that the gateway in front of Daraja answers itself, in a form of its own.

    Args:
        answer: The answer.
        why: What is wrong and how to mend it, for the event log; without secrets.
    """

    def __init__(self, answer: HttpResponse, why: str) -> None:
        super().__init__(answer.status, "", "", why)
        self.args = (answer, why)
        self.answer = answer

    def response(self, request_id: str) -> HttpResponse:  # noqa: ARG002 - the gateway sends no request id
        """Return the answer on the wire."""
        return self.answer


def invalid_field(name: str, why: str) -> HttpError:
    """Make the error about one field of the body, named as on the wire."""
    return HttpError(400, "400.002.02", f"Bad Request - Invalid {name}", f"{name} {why}")


def json_response(status: int, body: Json) -> HttpResponse:
    """Make an answer of a JSON object, without spaces as on the wire."""
    return HttpResponse(status, {"Content-Type": "application/json"}, json.dumps(body, separators=(",", ":")).encode())


INTERNAL_SERVER_ERROR: Final = json_response(
    500, {"requestId": "0-0-0", "errorCode": "500.003.1001", "errorMessage": "Internal Server Error"}
)
"""Daraja's answer when it fails itself; here, because a scenario raised an exception."""
