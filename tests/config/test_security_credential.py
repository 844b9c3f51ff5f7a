"""The security credential decrypts to exactly the bytes of the password, for certificates of every form and age."""

from typing import Final, cast

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from daraja.config import Initiator
from daraja.config.security_credential import security_credential
from daraja.errors import ConfigurationError
from daraja.values.secret import Secret
from tests.support.certificates import DER, KEY, PEM, certificate, decrypted
from tests.support.leaks import everything_shown

HIDDEN: Final = "Safcom-nobody-may-see#%"


@pytest.mark.parametrize(
    "given_certificate",
    [
        pytest.param(PEM, id="PEM"),
        pytest.param(DER, id="DER"),
        pytest.param(b"Bag Attributes\n  friendlyName: sandbox\n" + PEM, id="PEM behind other lines"),
        pytest.param(PEM.replace(b"\n", b"\r\n"), id="PEM from Windows"),
        pytest.param(certificate(KEY, encoding=Encoding.PEM, expired=False), id="of today"),
    ],
)
@pytest.mark.parametrize("password", ["Safaricom999!*!", "x", " in the middle ", "päßword №7 £€", "😀" * 61, "a" * 245])
def test_it_decrypts_to_exactly_the_bytes_of_the_password(password: str, given_certificate: bytes) -> None:
    credential = security_credential(password, given_certificate)
    assert decrypted(credential) == password.encode()
    assert (len(credential), credential.isascii()) == (344, True)
    assert decrypted(security_credential(Secret(password), given_certificate)) == password.encode()


def test_each_call_gives_another_text_for_the_same_password() -> None:
    made = [security_credential(HIDDEN, PEM) for _ in range(5)]
    assert len(set(made)) == 5
    assert {decrypted(credential) for credential in made} == {HIDDEN.encode()}


def test_a_longer_key_takes_a_longer_password() -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=3072)
    credential = security_credential("a" * 373, certificate(key, encoding=Encoding.DER))
    assert decrypted(credential, key) == b"a" * 373
    assert len(credential) == 512


@pytest.mark.parametrize("password", [HIDDEN + "a" * (246 - len(HIDDEN)), HIDDEN + "é" * 200], ids=len)
def test_a_password_longer_than_the_key_can_encrypt(password: str) -> None:
    with pytest.raises(ConfigurationError, match=r"password: is longer than 245 bytes") as caught:
        security_credential(password, PEM)
    assert HIDDEN not in everything_shown(caught.value)


@pytest.mark.parametrize(
    ("password", "fault"),
    [
        ("", "is missing"),
        (Secret(""), "is missing"),
        (HIDDEN + "\n", "holds a line break"),
        (HIDDEN + "\r\n", "holds a line break"),
        ("\ufeff" + HIDDEN, "another character that cannot be seen"),
        (HIDDEN + "\x00", "another character that cannot be seen"),
        (HIDDEN + "\udc80", "another character that cannot be seen"),
        (HIDDEN.encode(), "a secret is text, not bytes"),
        (None, "a secret is text, not NoneType"),
    ],
)
def test_a_password_that_cannot_be_right(password: object, fault: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        security_credential(cast("str", password), PEM)
    assert fault in caught.value.faults["password"]
    assert HIDDEN not in everything_shown(caught.value)


EC_KEY: Final = ec.generate_private_key(ec.SECP256R1())
OTHER_VERSION: Final = DER.replace(b"\xa0\x03\x02\x01\x02", b"\xa0\x03\x02\x01\x07", 1)
OTHER_ALGORITHM: Final = DER.replace(bytes.fromhex("2a864886f70d010101"), bytes.fromhex("2a864886f70d01017f"), 1)


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param(certificate(EC_KEY, encoding=Encoding.PEM), id="elliptic curve, PEM"),
        pytest.param(certificate(EC_KEY, encoding=Encoding.DER), id="elliptic curve, DER"),
        pytest.param(
            KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo), id="bare key, PEM"
        ),
        pytest.param(
            KEY.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo), id="bare key, DER"
        ),
        pytest.param(b"", id="nothing"),
        pytest.param(b"<html>404</html>", id="HTML"),
        pytest.param(b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", id="empty PEM"),
        pytest.param(PEM[:-200], id="half a PEM"),
        pytest.param(DER[:-1], id="most of a DER"),
        pytest.param(OTHER_VERSION, id="a version that does not exist"),
        pytest.param(OTHER_ALGORITHM, id="an algorithm that does not exist"),
    ],
)
def test_what_is_no_certificate_with_an_rsa_key(wrong: bytes) -> None:
    assert wrong not in {DER, PEM}
    with pytest.raises(
        ConfigurationError, match=r"certificate: is not an X\.509 certificate with an RSA key"
    ) as caught:
        security_credential(HIDDEN, wrong)
    assert HIDDEN not in everything_shown(caught.value)


@given(st.binary())
def test_any_bytes_are_refused_as_a_setting(garbage: bytes) -> None:
    with pytest.raises(ConfigurationError):
        security_credential(HIDDEN, garbage)


@pytest.mark.parametrize(
    "wrong", [PEM.decode(), "certs/sandbox.cer", None, bytearray(PEM)], ids=lambda wrong: type(wrong).__name__
)
def test_a_certificate_that_is_no_bytes(wrong: object) -> None:
    with pytest.raises(ConfigurationError, match=r"certificate: is not bytes; read the file with Path\(\.\.\.\)"):
        security_credential(HIDDEN, cast("bytes", wrong))


def test_both_faults_are_named_at_once() -> None:
    with pytest.raises(ConfigurationError) as caught:
        security_credential("", b"")
    assert list(caught.value.faults) == ["password", "certificate"]


@pytest.mark.parametrize("certificate", [PEM, DER], ids=["PEM", "DER"])
def test_an_initiator_is_made_of_a_password_and_a_certificate(certificate: bytes) -> None:
    initiator = Initiator.from_password("testapi", password=HIDDEN, certificate=certificate)
    assert initiator.name == "testapi"
    assert decrypted(initiator.security_credential.reveal()) == HIDDEN.encode()
    assert HIDDEN not in repr(initiator)


def test_all_faults_of_an_initiator_are_named_at_once() -> None:
    with pytest.raises(ConfigurationError) as caught:
        Initiator.from_password("", password=f"{HIDDEN}\n", certificate=b"nothing")
    assert list(caught.value.faults) == ["name", "password", "certificate"]
    assert "in the environment MPESA_CERTIFICATE; for example ProductionCertificate.cer" in str(caught.value)
    assert HIDDEN not in everything_shown(caught.value)
