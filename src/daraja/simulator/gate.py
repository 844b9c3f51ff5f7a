"""Who may come in: consumer keys against access tokens, access tokens against everything else."""

import json
from base64 import b64decode
from datetime import datetime, timedelta
from urllib.parse import parse_qs

from daraja.simulator.incoming import address, header
from daraja.simulator.refusals import INVALID_TOKEN, JSON_HEADERS, Refusal
from daraja.wire import HttpRequest, HttpResponse

__all__ = ["Gate"]


class Gate:
    """The access tokens of the local Daraja.

    Args:
        consumer_key: The only key that is let in; None for any.
        consumer_secret: The only secret that is let in; None for any.
        token_life: How long a token lives, in seconds.
    """

    def __init__(self, consumer_key: str | None, consumer_secret: str | None, token_life: int) -> None:
        self._key = consumer_key
        self._secret = consumer_secret
        self._life = token_life
        self._ends: dict[str, datetime] = {}

    def grant(self, request: HttpRequest, token: str, now: datetime) -> HttpResponse:
        """Answer an OAuth request with *token*.

        Raises:
            Refusal: If the grant type, the kind of authorisation or the consumer key or secret is wrong.
        """
        if parse_qs(address(request).query).get("grant_type") != ["client_credentials"]:
            raise Refusal(
                400,
                "400.008.02",
                "Invalid grant type passed",
                "the address does not end in ?grant_type=client_credentials",
            )
        kind, _, encoded = header(request, "authorization").partition(" ")
        if kind.lower() != "basic":
            why = "the Authorization header is not Basic with the consumer key and secret"
            raise Refusal(400, "400.008.01", "Invalid Authentication passed", why)
        if not self._knows(encoded):
            why = "the consumer key or secret is wrong (Daraja answers this with an empty body)"
            raise Refusal(400, "", "", why)
        self._ends = {other: end for other, end in self._ends.items() if now < end}
        self._ends[token] = now + timedelta(seconds=self._life)
        body = {"access_token": token, "expires_in": str(self._life)}
        return HttpResponse(200, JSON_HEADERS, json.dumps(body).encode())

    def admit(self, request: HttpRequest, now: datetime) -> None:
        """Let a request with a living token in.

        Raises:
            Refusal: If it has no bearer token, or one that was never given out, is over or was revoked.
        """
        kind, _, token = header(request, "authorization").partition(" ")
        if kind.lower() != "bearer":
            why = "the Authorization header is not Bearer with an access token"
            raise Refusal(404, "404.001.04", "Invalid Authentication Header", why)
        end = self._ends.get(token.strip())
        if end is None:
            why = "the access token was not given out here, or was revoked; ask for a new one"
            raise Refusal(*INVALID_TOKEN, why)
        if end <= now:
            why = f"the access token is older than {self._life} seconds; ask for a new one"
            raise Refusal(*INVALID_TOKEN, why)

    def revoke(self) -> None:
        """Refuse every token given out so far."""
        self._ends.clear()

    def _knows(self, encoded: str) -> bool:
        try:
            key, _, secret = b64decode(encoded, validate=True).decode().partition(":")
        except ValueError:
            return False
        return bool(key and secret) and self._key in (None, key) and self._secret in (None, secret)
