"""The authentication of programs: ``Authorization: Token <token>``, with the token from the login."""

from rest_framework.authentication import TokenAuthentication
from rest_framework.exceptions import AuthenticationFailed

from accounts.models import ApiToken, User

__all__ = ["ApiTokenAuthentication"]


class ApiTokenAuthentication(TokenAuthentication):
    """Django REST framework's authentication with tokens that expire and are stored as hashes."""

    def authenticate_credentials(self, key: str) -> tuple[User, ApiToken]:
        """Return the customer of a token, and the token.

        Raises:
            AuthenticationFailed: If it expired, was logged out, or is older than the password.
        """
        token = ApiToken.valid(key)
        if token is None:
            raise AuthenticationFailed
        return token.user, token
