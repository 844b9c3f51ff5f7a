"""What all views of the API share. It is named on the view, so that other settings of a project change nothing."""

import logging
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from hashlib import sha256
from typing import Any, ClassVar, Final

from django.conf import settings
from django.http import Http404, HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _
from rest_framework import exceptions, serializers
from rest_framework.authentication import SessionAuthentication, TokenAuthentication
from rest_framework.parsers import JSONParser
from rest_framework.permissions import IsAuthenticated
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import BaseThrottle, SimpleRateThrottle
from rest_framework.views import APIView, exception_handler

from daraja.django.customers import seconds_until
from daraja.django.views import network_of
from shop.models import ApiToken, User

_log = logging.getLogger("payments")

TOO_OFTEN: Final = _("That was a few times too often. Wait a little, then try again.")


class ApiTokenAuthentication(TokenAuthentication):
    """Django REST framework's authentication with tokens that expire and are stored as hashes."""

    def authenticate_credentials(self, key: str) -> tuple[User, ApiToken]:
        """Return the customer of a token, and the token, unless it expired or is older than the password."""
        token = ApiToken.valid(key)
        if token is None:
            raise exceptions.AuthenticationFailed
        return token.user, token


class ShallowJSONParser(JSONParser):
    """Reads a JSON object; a body that is nested too deeply is bad input, too."""

    def parse(self, *args: Any, **kwargs: Any) -> Any:  # Any: as Django REST framework has it
        """Read a body."""
        with suppress(exceptions.ParseError, RecursionError):
            parsed = super().parse(*args, **kwargs)
            if isinstance(parsed, dict):
                return parsed
        raise exceptions.ParseError(gettext("The body of this request has to be a JSON object."))


Whose = Callable[[Request | HttpRequest], str]


def by_customer(request: Request | HttpRequest) -> str:
    """Return whose calls count together: those of one customer, or of one address."""
    return str(request.user.pk or by_address(request))


def by_address(request: Request | HttpRequest) -> str:
    """Count the calls of one address."""
    return network_of(request)


def by_account(request: Request | HttpRequest) -> str:
    """Count the logins to one account. The name is read as a login reads it, and is a text of a fixed length."""
    form, field = (request.data, "email") if isinstance(request, Request) else (request.POST, "username")
    name = str(form.get(field)) if isinstance(form, dict) else ""
    same = unicodedata.normalize("NFKC", name).strip().casefold()
    return sha256(same.encode(errors="replace")).hexdigest()


def by_address_and_account(request: Request | HttpRequest) -> str:
    """Count the logins to one account from one address, as customers of a mobile network share a few addresses."""
    return f"{by_address(request)}-{by_account(request)}"


class Throttle(SimpleRateThrottle):
    """Counts calls for one of the rates in ``THROTTLES``. While the cache is not reachable, everything is allowed."""

    THROTTLE_RATES = settings.THROTTLES

    def __init__(self, scope: str, whose: Whose) -> None:
        self.scope, self._whose = scope, whose
        super().__init__()

    def get_cache_key(self, request: Request | HttpRequest, _: APIView) -> str:
        """Return the name of the counter."""
        return f"throttle-{self.scope}-{self._whose(request)}"

    def allow_request(self, request: Request, view: APIView) -> bool:
        """Count the call, and return whether it is allowed."""
        try:
            return super().allow_request(request, view)
        except Exception as error:  # noqa: BLE001 - each kind of cache fails in its own way
            _log.warning("throttle.cache_away error=%s", type(error).__name__)
            return True


LOGINS: Final[Mapping[str, Whose]] = {
    "login": by_address_and_account,
    "login_of_account": by_account,
    "login_of_address": by_address,
}


def too_often(request: HttpRequest, rates: Mapping[str, Whose]) -> bool:
    """Count a form without JavaScript in the same counters, and return whether a rate limit is used up."""
    return not all(Throttle(*rate).allow_request(request, None) for rate in rates.items())  # type: ignore[arg-type] # it reads what Django's request has, too


_WORDS: Final[Mapping[type[Exception], str]] = {
    exceptions.NotAuthenticated: _("Please log in first."),
    exceptions.AuthenticationFailed: _("You are logged out. Please log in again."),
    Http404: _("There is nothing at this address, or it is not yours."),
    exceptions.Throttled: TOO_OFTEN,
    exceptions.UnsupportedMediaType: _("Send this request as JSON, with the header Content-Type: application/json."),
}


class Refused(exceptions.APIException):
    """Nobody was prompted. ``retry_at`` and ``Retry-After`` say when the same request may succeed."""

    def __init__(self, status_code: int, message: str, retry_at: datetime | None = None) -> None:
        super().__init__(message)
        self.status_code, self.retry_at = status_code, retry_at
        if retry_at is not None:
            self.wait = max(1, seconds_until(retry_at))


def customer_of(request: HttpRequest | Request) -> User:
    """Return the customer of a request to a view that needs a login."""
    if not isinstance(request.user, User):
        raise TypeError("this view lets everybody in; ask for a login before it")
    return request.user


class PlainSerializer(serializers.Serializer[Any]):  # Any: it makes no object
    """Reads the body of a request. Each field has one sentence for everything that can be wrong with it."""

    words: ClassVar[Mapping[str, str]]

    def to_internal_value(self, data: Any) -> Any:  # Any: as Django REST framework has it
        """Read the fields; the error has the sentence of each field that is wrong."""
        try:
            return super().to_internal_value(data)
        except serializers.ValidationError as error:
            wrong = map(str, error.detail)
            raise serializers.ValidationError({name: gettext(self.words[name]) for name in wrong}) from None


class ShopView(APIView):
    """A view of the API. Errors are ``{"detail": "..."}``; ``errors`` has the fault of each field."""

    # The first one decides the answer to a request without a login: with tokens it is 401, as front ends expect.
    authentication_classes: Sequence[Any] = (
        ApiTokenAuthentication,
        SessionAuthentication,
    )  # Any: views may have others
    permission_classes: Sequence[Any] = (IsAuthenticated,)  # Any: as above
    parser_classes = (ShallowJSONParser,)
    renderer_classes = (JSONRenderer,)
    rates: ClassVar[Mapping[str, Whose]] = {}

    def get_throttles(self) -> list[BaseThrottle]:
        """Return a throttle for each rate of the view."""
        return [Throttle(*rate) for rate in self.rates.items()]

    def get_exception_handler(self) -> Callable[..., Response | None]:
        """Return ours, whatever the settings say."""
        return in_plain_words


def in_plain_words(error: Exception, context: dict[str, Any]) -> Response | None:  # Any: as REST framework has it
    """Return an error response with one sentence that a customer understands."""
    response = exception_handler(error, context)
    if response is None:
        return None
    if isinstance(error, exceptions.ValidationError) and isinstance(error.detail, dict):
        response.data = {"detail": next(iter(error.detail.values())), "errors": error.detail}
    elif words := _WORDS.get(type(error)):
        response.data = {"detail": gettext(words)}
    elif retry_at := getattr(error, "retry_at", None):
        response.data["retry_at"] = retry_at
    return response
