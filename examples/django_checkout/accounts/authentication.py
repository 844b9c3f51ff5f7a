"""How a program shows who it is: ``Authorization: Token <token>``, with the token that it got when it logged in."""

from rest_framework.authentication import TokenAuthentication
from rest_framework.exceptions import AuthenticationFailed

from accounts.models import ApiToken, User

__all__ = ["ApiTokenAuthentication"]


class ApiTokenAuthentication(TokenAuthentication):
    """As Django REST framework's own, but its tokens expire and are stored as hashes."""

    def authenticate_credentials(self, key: str) -> tuple[User, ApiToken]:
        """Give the customer of a token, and the token.

        Raises:
            AuthenticationFailed: If it expired, was logged out, or is older than the password.
        """
        token = ApiToken.valid(key)
        if token is None:
            raise AuthenticationFailed
        return token.user, token
