"""How Daraja says no: a status, a code, its own words, and ours for the developer."""

import json
from collections.abc import Mapping

from daraja.http.messages import HttpResponse

__all__ = [
    "BROKEN",
    "BUSINESS_ERROR",
    "INVALID_PAYLOAD",
    "INVALID_TOKEN",
    "Refusal",
    "TurnedAway",
    "invalid_field",
    "json_answer",
]

INVALID_PAYLOAD = (400, "400.002.05", "Invalid Request Payload")
INVALID_TOKEN = (404, "404.001.03", "Invalid Access Token")
BUSINESS_ERROR = "500.001.1001"
"""Daraja's overloaded code: only its words tell a wrong password from an unknown shortcode or transaction."""


class Refusal(Exception):  # noqa: N818 - the field's word; it never leaves the engine
    """A request that Daraja refuses.

    Args:
        status: The HTTP status.
        code: Daraja's ``errorCode``; empty where Daraja answers with no body at all.
        message: Daraja's own words.
        why: What is wrong and how to mend it, in words for the record; no secrets in it.
    """

    def __init__(self, status: int, code: str, message: str, why: str) -> None:
        super().__init__(status, code, message, why)
        self.status = status
        self.code = code
        self.message = message
        self.why = why

    def response(self, request_id: str) -> HttpResponse:
        """Give the answer on the wire."""
        if not self.code:
            return HttpResponse(self.status)
        body = {"requestId": request_id, "errorCode": self.code, "errorMessage": self.message}
        return json_answer(self.status, body)


class TurnedAway(Refusal):
    """A request that something before Daraja answers in its stead, in a shape of its own.

    Args:
        answer: What is answered.
        why: What is wrong and how to mend it, in words for the record; no secrets in it.
    """

    def __init__(self, answer: HttpResponse, why: str) -> None:
        super().__init__(answer.status, "", "", why)
        self.args = (answer, why)
        self.answer = answer

    def response(self, request_id: str) -> HttpResponse:  # noqa: ARG002 - it comes without an id
        """Give the answer on the wire."""
        return self.answer


def invalid_field(name: str, why: str) -> Refusal:
    """Refuse one field of the body, named as it is on the wire."""
    return Refusal(400, "400.002.02", f"Bad Request - Invalid {name}", f"{name} {why}")


def json_answer(status: int, body: Mapping[str, object]) -> HttpResponse:
    """Answer with a JSON object, without spaces as on the wire."""
    return HttpResponse(status, {"Content-Type": "application/json"}, json.dumps(body, separators=(",", ":")).encode())


BROKEN = json_answer(500, {"requestId": "0-0-0", "errorCode": "500.003.1001", "errorMessage": "Internal Server Error"})
"""What Daraja says when it breaks down itself; here, because a scenario did."""
