"""A test key that replaces Safaricom's, with its certificate."""

from base64 import b64decode
from datetime import UTC, datetime, timedelta
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import CertificateBuilder, Name, NameAttribute, random_serial_number
from cryptography.x509.oid import NameOID

__all__ = ["DER", "KEY", "PEM", "PrivateKey", "certificate", "decrypted"]

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


def certificate(key: PrivateKey, *, encoding: Encoding, expired: bool = True) -> bytes:
    """Make a self-signed certificate, as old as Safaricom's unless told otherwise."""
    name = Name([NameAttribute(NameOID.COMMON_NAME, "apicrypt.daraja.example")])
    begin = datetime(2014, 11, 12, tzinfo=UTC) if expired else datetime.now(UTC)
    builder = CertificateBuilder(
        name, name, key.public_key(), random_serial_number(), begin, begin + timedelta(days=730)
    )
    return builder.sign(key, SHA256()).public_bytes(encoding)


KEY: Final = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PEM: Final = certificate(KEY, encoding=Encoding.PEM)
DER: Final = certificate(KEY, encoding=Encoding.DER)


def decrypted(credential: str, key: rsa.RSAPrivateKey = KEY) -> bytes:
    return key.decrypt(b64decode(credential, validate=True), padding.PKCS1v15())
