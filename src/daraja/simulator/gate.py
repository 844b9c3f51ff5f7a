"""Who may come in: consumer keys against access tokens, access tokens against everything else."""

from base64 import b64decode
from datetime import datetime, timedelta
from itertools import takewhile
from urllib.parse import parse_qs

from daraja.http.messages import HttpRequest, HttpResponse
from daraja.simulator.incoming import address, header
from daraja.simulator.refusals import INVALID_TOKEN, Refusal, json_answer

__all__ = ["Gate"]


class Gate:
    """The access tokens of the local Daraja.

    Args:
        consumer_key: The only key that is let in; None for any.
        consumer_secret: The only secret that is let in; None for any.
        token_life: How long a token lives, in seconds.
        one_token: Whether a new token ends the older one of the same consumer key.
    """

    def __init__(
        self, consumer_key: str | None, consumer_secret: str | None, token_life: int, *, one_token: bool
    ) -> None:
        self._key = consumer_key
        self._secret = consumer_secret
        self._life = token_life
        self._one_token = one_token
        self._ends: dict[str, datetime] = {}
        self._newest: dict[str, str] = {}

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
        kind, encoded = _authorisation(request)
        if kind != "basic":
            why = "the Authorization header is not Basic with the consumer key and secret"
            raise Refusal(400, "400.008.01", "Invalid Authentication passed", why)
        consumer_key = self._known_key(encoded)
        if consumer_key is None:
            why = "the consumer key or secret is wrong (Daraja answers this with an empty body)"
            raise Refusal(400, "", "", why)
        for over in tuple(takewhile(lambda other: self._ends[other] <= now, self._ends)):
            del self._ends[over]
        if self._one_token:
            self._ends.pop(self._newest.get(consumer_key, ""), None)
            self._newest[consumer_key] = token
        self._ends[token] = now + timedelta(seconds=self._life)
        return json_answer(200, {"access_token": token, "expires_in": str(self._life)})

    def admit(self, request: HttpRequest, now: datetime) -> None:
        """Let a request with a living token in.

        Raises:
            Refusal: If it has no bearer token, or one that was never given out, is over or was revoked.
        """
        kind, token = _authorisation(request)
        if kind != "bearer":
            why = "the Authorization header is not Bearer with an access token"
            raise Refusal(404, "404.001.04", "Invalid Authentication Header", why)
        end = self._ends.get(token)
        if end is None:
            ended = "ended by a newer one or revoked" if self._one_token else "revoked"
            elsewhere = "given out elsewhere or by a simulator that ran before this one"
            why = f"the access token was {elsewhere}, or {ended}; ask for a new one"
            raise Refusal(*INVALID_TOKEN, why)
        if end <= now:
            why = f"the access token is older than {self._life} seconds; ask for a new one"
            raise Refusal(*INVALID_TOKEN, why)

    def end(self, request: HttpRequest) -> None:
        """Refuse the token of a request from now on."""
        self._ends.pop(_authorisation(request)[1], None)

    def revoke(self) -> None:
        """Refuse every token given out so far."""
        self._ends.clear()

    def _known_key(self, encoded: str) -> str | None:
        try:
            key, _, secret = b64decode(encoded, validate=True).decode().partition(":")
        except ValueError:
            return None
        return key if key and secret and self._key in (None, key) and self._secret in (None, secret) else None


def _authorisation(request: HttpRequest) -> tuple[str, str]:
    kind, _, value = header(request, "authorization").partition(" ")
    return kind.lower(), value.strip()
