"""The API operators of the organisations, who are known by a security credential: an encrypted password."""

from base64 import b64decode
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Final

from daraja.simulator.results import INITIATOR_INVALID, LOCKED, Result

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

SANDBOX_INITIATOR: Final = "testapi"
SANDBOX_PASSWORD: Final = "Local#Daraja1"  # noqa: S105 - it opens a simulator, which has no money
_TRIES: Final = 3
_WINDOW: Final = timedelta(minutes=10)

# The key of every local Daraja. It is public and protects nothing: so a credential that was made once goes on working.
_P: Final = int(
    "f0a9bef09bfbad3cffd96d0a11e75d94a7efe3bb308d8d06b74b2500f958ea01"
    "79722d75e70243820894719a29888dd2e0c4d3f4a358878105d797d244f91004"
    "c6a3570e26db9f63f6b7126e4affd8c94dad39f3045282fddefb1a19bfb7fdae"
    "9e137c1e3eee692644083823b2a3ac1a11aa0488d0e6919b92574187618ca2fb",
    16,
)
_Q: Final = int(
    "da71559f5a11a3d10b3485ced0dbb9a7d93780df81bc8544d6c59acece9cff5d"
    "fb8ed85caca6dd6a8f6a958605f4fa1dec2ea5928e48a70c6b65a645b039bb64"
    "2e497aa508b2bbf2d38fb2e3f00ad5bb6a8861853ac721705652255f58d5959f"
    "741052f9c92dbebb4fa9fa8a90a753840030b3dd6ed5dc66a140f4e105256329",
    16,
)
_EXPONENT: Final = 65_537
_VALID: Final = (datetime(2026, 1, 1, tzinfo=UTC), datetime(2126, 1, 1, tzinfo=UTC))

# cryptography is slow to load, so only what needs it loads it.
# ruff: noqa: PLC0415


class Operators:
    """The operators with their passwords; three wrong ones in ten minutes lock an operator.

    Args:
        passwords: The password of every operator.
    """

    def __init__(self, passwords: Mapping[str, str]) -> None:
        self._passwords: Final = dict(passwords)
        self._wrong: dict[str, list[datetime]] = {}
        self._locked: set[str] = set()

    def check(self, name: str, credential: str, now: datetime) -> Result | None:
        """Check a security credential; return the result that refuses it, or None.

        Args:
            name: The operator.
            credential: What was sent as SecurityCredential.
            now: The time.
        """
        if name in self._locked:
            return LOCKED
        if name not in self._passwords:
            return INITIATOR_INVALID
        if _decrypted(credential) == self._passwords[name]:
            self._wrong.pop(name, None)
            return None
        recent = [at for at in self._wrong.get(name, ()) if now - at < _WINDOW]
        self._wrong[name] = [*recent, now]
        if len(self._wrong[name]) == _TRIES:
            self._locked.add(name)
        return INITIATOR_INVALID

    def unlock(self, name: str) -> None:
        """Unlock an operator, as an administrator does on the organisation portal.

        Raises:
            LookupError: If there is no such operator.
        """
        if name not in self._passwords:
            raise LookupError(f"no operator has that name here; known are {', '.join(self._passwords)}")
        self._locked.discard(name)
        self._wrong.pop(name, None)


def _decrypted(credential: str) -> str | None:
    """Return the password in a credential; None if it was not encrypted with this simulator's certificate."""
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15

    try:
        return _key().decrypt(b64decode(credential, validate=True), PKCS1v15()).decode()
    except ValueError:
        return None


@cache
def certificate() -> bytes:
    """Return the certificate for ``daraja.security_credential``, as PEM; the same for every local Daraja."""
    from cryptography import x509
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.serialization import Encoding

    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "local daraja")])
    builder = x509.CertificateBuilder(name, name, _key().public_key(), 1, *_VALID)
    return builder.sign(_key(), SHA256()).public_bytes(Encoding.PEM)


@cache
def _key() -> "RSAPrivateKey":
    from cryptography.hazmat.primitives.asymmetric import rsa

    d = rsa.rsa_recover_private_exponent(_EXPONENT, _P, _Q)
    crt = rsa.rsa_crt_dmp1(d, _P), rsa.rsa_crt_dmq1(d, _Q), rsa.rsa_crt_iqmp(_P, _Q)
    return rsa.RSAPrivateNumbers(_P, _Q, d, *crt, rsa.RSAPublicNumbers(_EXPONENT, _P * _Q)).private_key()
