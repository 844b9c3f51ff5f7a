"""Login by e-mail address, logout, and the customer's own data."""

from typing import ClassVar

from django.contrib.auth import authenticate, logout
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _
from rest_framework import serializers, status
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from daraja import normalise_phone
from shop.models import ApiToken, User
from shop.rest import LOGINS, PlainSerializer, Refused, ShopView, customer_of


class LoginSerializer(PlainSerializer):
    """The data of a login."""

    email = serializers.EmailField()
    password = serializers.CharField(trim_whitespace=False)

    words: ClassVar = {"email": _("Enter your e-mail address."), "password": _("Enter your password.")}


class UserSerializer(serializers.ModelSerializer[User]):
    """A customer's own data; ``phone`` is ``254...``, or empty if it is not an M-Pesa number."""

    phone = serializers.SerializerMethodField()

    class Meta:
        model = User
        fields = ("id", "email", "first_name", "last_name", "phone")

    def get_phone(self, user: User) -> str:
        """Return the number in the form that front ends expect."""
        try:
            return normalise_phone(user.phone)
        except ValueError:
            return ""


class LoginView(ShopView):
    """Returns a token for an e-mail address and its password."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    rates = LOGINS

    def post(self, request: Request) -> Response:
        """Return the token, or 400 without a hint which of the two is wrong."""
        asked = LoginSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        user = authenticate(request, username=asked.validated_data["email"], password=asked.validated_data["password"])
        if not isinstance(user, User):
            raise Refused(400, gettext("The e-mail address or the password is wrong."))
        return Response({"token": ApiToken.issue(user), "user": UserSerializer(user).data})


class LogoutView(ShopView):
    """Ends the login of the calling program or browser."""

    def post(self, request: Request) -> Response:
        """Delete its token, or end its session; other logins of the same customer stay."""
        if isinstance(request.auth, ApiToken):
            request.auth.delete()
        else:
            logout(request._request)  # noqa: SLF001 - Django's logout takes Django's own request
        return Response(status=status.HTTP_204_NO_CONTENT)


class MeView(ShopView):
    """Returns the customer who is logged in."""

    def get(self, request: Request) -> Response:
        """Return the data for the forms."""
        return Response(UserSerializer(customer_of(request)).data)
