"""OAuth: access tokens for consumer keys, and the check of the token that every other request carries."""

from base64 import b64decode
from datetime import datetime, timedelta
from itertools import takewhile
from urllib.parse import parse_qs

from daraja.http.messages import HttpRequest, HttpResponse
from daraja.simulator.clock import check_seconds
from daraja.simulator.errors import INVALID_TOKEN, HttpError, json_response
from daraja.simulator.validation import header, split_url


class TokenIssuer:
    """The access tokens of a local Daraja.

    Args:
        consumer_key: The only consumer key that gets a token; None for any key that is not empty.
        consumer_secret: The only consumer secret that gets a token; None for any secret that is not empty.
        token_life: How long a token lives, in seconds.
        one_token: Whether a new token ends the older one of the same consumer key, as Safaricom says in its FAQ.

    Raises:
        ValueError: If *token_life* is not from 0 to 86,400 seconds.
    """

    def __init__(
        self,
        *,
        consumer_key: str | None = None,
        consumer_secret: str | None = None,
        token_life: int = 3599,
        one_token: bool = False,
    ) -> None:
        check_seconds("token_life", token_life)
        self._key = consumer_key
        self._secret = consumer_secret
        self._life = token_life
        self._one_token = one_token
        self._ends: dict[str, datetime] = {}
        self._newest: dict[str, str] = {}

    def issue(self, request: HttpRequest, token: str, now: datetime) -> HttpResponse:
        """Answer an OAuth request with *token*.

        Raises:
            HttpError: If the grant type, the kind of authorisation or the consumer key or secret is wrong.
        """
        if parse_qs(split_url(request).query).get("grant_type") != ["client_credentials"]:
            why = "the address does not end in ?grant_type=client_credentials"
            raise HttpError(400, "400.008.02", "Invalid grant type passed", why)
        kind, encoded = _authorisation(request)
        if kind != "basic":
            why = "the Authorization header is not Basic with the consumer key and secret"
            raise HttpError(400, "400.008.01", "Invalid Authentication passed", why)
        consumer_key = self._known_key(encoded)
        if consumer_key is None:
            raise HttpError(400, "", "", "the consumer key or secret is wrong (Daraja answers this with an empty body)")
        self._forget_expired(now)
        if self._one_token:
            self._ends.pop(self._newest.get(consumer_key, ""), None)
            self._newest[consumer_key] = token
        self._ends[token] = now + timedelta(seconds=self._life)
        return json_response(200, {"access_token": token, "expires_in": str(self._life)})

    def authenticate(self, request: HttpRequest, now: datetime) -> None:
        """Check the access token of a request.

        Raises:
            HttpError: If there is none, or it is unknown, expired or revoked.
        """
        kind, token = _authorisation(request)
        if kind != "bearer":
            why = "the Authorization header is not Bearer with an access token"
            raise HttpError(404, "404.001.04", "Invalid Authentication Header", why)
        end = self._ends.get(token)
        if end is None:
            ended = "ended by a newer one or revoked" if self._one_token else "revoked"
            elsewhere = "issued elsewhere or by a simulator that ran before this one"
            raise HttpError(*INVALID_TOKEN, f"the access token was {elsewhere}, or {ended}; ask for a new one")
        if end <= now:
            why = f"the access token is older than {self._life} seconds; ask for a new one"
            raise HttpError(*INVALID_TOKEN, why)

    def revoke_token_of(self, request: HttpRequest) -> None:
        """Refuse the token of this request from now on."""
        self._ends.pop(_authorisation(request)[1], None)

    def revoke_all(self) -> None:
        """Refuse every token issued so far."""
        self._ends.clear()

    def _forget_expired(self, now: datetime) -> None:
        # The tokens stand in the order of their ends, so that the first living one ends the search.
        for expired in tuple(takewhile(lambda token: self._ends[token] <= now, self._ends)):
            del self._ends[expired]

    def _known_key(self, encoded: str) -> str | None:
        try:
            key, _, secret = b64decode(encoded, validate=True).decode().partition(":")
        except ValueError:
            return None
        return key if key and secret and self._key in (None, key) and self._secret in (None, secret) else None


def _authorisation(request: HttpRequest) -> tuple[str, str]:
    kind, _, value = header(request, "authorization").partition(" ")
    return kind.lower(), value.strip()
