"""The security credential: an initiator's password, encrypted for Safaricom. The only importer of cryptography."""

from base64 import b64encode
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.x509 import InvalidVersion, load_der_x509_certificate, load_pem_x509_certificate

from daraja.config.checks import raise_setting_faults
from daraja.fields import Fault, value_or_fault
from daraja.values.secret import Secret, hide_locals

_PADDING: Final = 11
"""Bytes that PKCS#1 v1.5 needs beside the message (RFC 8017, 7.2.1)."""

_BITS_IN_A_BYTE: Final = 8


@hide_locals
def security_credential(password: str | Secret, certificate: bytes, /) -> str:
    """Encrypt an initiator's password with Safaricom's certificate, as B2C, reversals and balances need it.

    RSA with PKCS#1 v1.5 padding over exactly the password's UTF-8 bytes, in base64. The padding is random, so each call
    gives another text. A wrong certificate is not noticed here: Daraja reports it later as result code 2001.

    Args:
        password: The API user's password on the organisation portal.
        certificate: The content of the certificate file of your environment, PEM or DER, downloaded from Daraja's
            portal; its dates are not checked, since Safaricom uses the key of expired ones.

    Returns:
        Base64 text, of 344 characters for a key of 2048 bits.

    Raises:
        ConfigurationError: If the password is empty, too long for the key or holds a line break, or the certificate
            cannot be read.

    Source:
        Daraja, Getting Started (security credentials).
    """
    secret, key = value_or_fault(_check_password, password), value_or_fault(_public_key, certificate)
    raise_setting_faults({"password": secret, "certificate": key})
    text = secret.reveal().encode()
    longest = key.key_size // _BITS_IN_A_BYTE - _PADDING
    if len(text) > longest:
        raise_setting_faults({"password": Fault(f"is longer than {longest} bytes, which the key cannot encrypt")})
    return b64encode(key.encrypt(text, PKCS1v15())).decode("ascii")


def _check_password(password: str | Secret) -> Secret:
    secret = Secret(password)
    if not secret:
        raise ValueError("is missing")
    if not secret.reveal().isprintable():
        raise ValueError("holds a line break or another character that cannot be seen; copy it again")
    return secret


def _public_key(certificate: bytes) -> RSAPublicKey:
    if not isinstance(certificate, bytes):
        raise ValueError("is not bytes; read the file with Path(...).read_bytes()")
    load = load_pem_x509_certificate if b"-----BEGIN CERTIFICATE" in certificate else load_der_x509_certificate
    try:
        key = load(certificate).public_key()
    except (ValueError, InvalidVersion, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, RSAPublicKey):
        raise ValueError("is not an X.509 certificate with an RSA key, in PEM or DER")
    return key
