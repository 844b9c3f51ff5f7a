"""Find the faults of an installation: settings, certificate, store, callback address, Daraja itself."""

import os
import secrets
import warnings
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, suppress
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias
from urllib.parse import urlsplit

import attrs

from daraja.api.addresses import below
from daraja.client import Daraja
from daraja.config import Config
from daraja.config.checks import VARIABLES
from daraja.config.environment import is_loopback
from daraja.errors import ConfigurationWarning, DarajaError, NotSent, OutcomeUnknown
from daraja.http.exchange import access_token
from daraja.http.messages import HttpRequest, HttpResponse
from daraja.lifecycle.ports import RecordStore
from daraja.lifecycle.record import Account
from daraja.runtime.base import run
from daraja.transports.base import Transport
from daraja.values.nairobi_time import EAT

State: TypeAlias = Literal["good", "warning", "fault", "skipped"]

_FARTHEST: Final = 30.0
"""Seconds that our clock may be off."""
_SOME_DAY: Final = timedelta(days=36_500)
_PATIENCE: Final = 8.0
"""Seconds that the shop may take for a callback."""
_FORGED: Final = "1a" + "0" * 96
"""A token of the right shape that nobody signed."""
_PEM: Final = "-----BEGIN CERTIFICATE"
_ONLY_THE_ID: Final = "checkoutrequestid"
_REDIRECT: Final = 300
_NOT_FOUND: Final = 404
_LIKE_SAFARICOM: Final = "Safaricom posts JSON without cookies and without a login; the address has to answer 200."
_LOCAL: Final = "Without an account: python -m daraja.simulator serves a local Daraja, and prints settings for it."
_HINTS: Final[Mapping[int, str]] = {
    **dict.fromkeys(
        [301, 302, 307, 308], "Safaricom follows no redirect: use the address with https and its last slash."
    ),
    401: "Safaricom has no login: leave the address out of authentication.",
    403: "Leave the address out of CSRF protection, logins and firewalls.",
    405: "The address has to accept POST.",
}


@attrs.frozen(kw_only=True)
class Finding:
    """The result of one check.

    Args:
        check: What was checked: ``settings``, ``certificate``, ``store``, ``token``, ``passkey``, ``clock``, ``callback
            address``.
        state: ``good``, ``warning``, ``fault``, or ``skipped`` if it could not be checked.
        words: The result in a sentence.
        hint: What to do next, or nothing.
    """

    check: str
    state: State
    words: str
    hint: str = ""


def diagnose(
    environ: Mapping[str, str] | None = None,
    /,
    *,
    store: RecordStore[Any] | None = None,  # Any: records of any kind
    live: bool = False,
    transport: Transport | None = None,
) -> Iterator[Finding]:
    """Check an installation, one thing after the other. It changes nothing, prompts nobody and costs nothing.

    Args:
        environ: The ``MPESA_*`` variables, if not those of the process.
        store: The store of the payments.
        live: Whether to call Daraja and the callback address, too.
        transport: Another transport than requests.
    """
    environ = os.environ if environ is None else environ
    problems = Config.problems(environ)
    for problem in problems:
        state: State = "fault" if problem.is_error else "warning"
        yield Finding(check="settings", state=state, words=f"{problem.field} {problem.words}", hint=problem.hint)
    if any(problem.is_error for problem in problems):
        is_new = not any(environ.get(name) for name in VARIABLES.values())
        yield _skipped("everything else", "Mend the settings first.", _LOCAL * is_new)
        return
    config = _config(environ)
    yield _good("settings", f"{config.environment.name}, shortcode {config.business.shortcode}")
    yield from _check_certificate(environ.get(VARIABLES["certificate"], ""))
    if store is not None:
        yield from _check_store(store, Account.of(config))
    if not live:
        yield _skipped("Daraja, callback address", "--live checks them, too. It costs nothing and prompts nobody.")
        return
    with ExitStack() as opened:
        if transport is None:
            from daraja.transports.requests import RequestsTransport  # noqa: PLC0415 - requests is slow to load

            transport = opened.enter_context(closing(RequestsTransport()))
        watched = _Watched(transport)
        yield from _check_daraja(Daraja(config, transport=watched), watched)
        if config.callback_url:
            yield _check_callback_address(config, transport)


class _Watched:
    """Sends through another transport, and compares our clock with the time in the answers."""

    def __init__(self, transport: Transport) -> None:
        self._transport: Final = transport
        self.seconds_ahead: float | None = None

    def send(self, request: HttpRequest, /) -> HttpResponse:
        """Send *request* and note the time in the answer."""
        response = self._transport.send(request)
        with suppress(TypeError, ValueError):
            said = parsedate_to_datetime(response.header("Date") or "")
            self.seconds_ahead = (datetime.now(UTC) - said).total_seconds()
        return response


def _config(environ: Mapping[str, str]) -> Config:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConfigurationWarning)
        return Config.from_env(environ)


def _check_certificate(text: str) -> Iterator[Finding]:
    """Read the end of the certificate that encrypts the initiator's password. The settings have checked its form."""
    if not text:
        return
    from cryptography.x509 import load_der_x509_certificate, load_pem_x509_certificate  # noqa: PLC0415 - slow to load

    content = text.replace("\\n", "\n").encode() if text.startswith(_PEM) else Path(text).read_bytes()
    load = load_pem_x509_certificate if _PEM.encode() in content else load_der_x509_certificate
    end = load(content).not_valid_after_utc
    if end > datetime.now(UTC):
        yield _good("certificate", f"valid until {end:%Y-%m-%d}")
    else:
        words = f"ended on {end:%Y-%m-%d}"
        hint = "Safaricom has used certificates past their end. If payouts fail with code 2001, download a new one."
        yield Finding(check="certificate", state="warning", words=words, hint=hint)


def _check_store(store: RecordStore[Any], account: Account) -> Iterator[Finding]:  # Any: as above
    some_day = datetime.now(UTC) + _SOME_DAY
    try:
        every, own = store.count_due(some_day), store.count_due(some_day, account)
    except Exception as error:  # noqa: BLE001 - a store of the shop's own lets the errors of its database through
        yield _fault(
            "store", str(error) if isinstance(error, DarajaError) else f"cannot be read: {type(error).__name__}"
        )
        return
    yield _good("store", f"can be read; open payments of {account.words}: {own}")
    if every > own:
        words = f"{every - own} open payments belong to another shortcode, environment or tenant"
        hint = "Look after them with the settings that they were made with; these settings never see them."
        yield Finding(check="store", state="warning", words=words, hint=hint)


def _check_daraja(client: Daraja, watched: _Watched) -> Iterator[Finding]:
    try:
        run(access_token(client.config), client.runtime)
    except DarajaError as error:
        yield _fault("token", str(error))
        yield _skipped("passkey", "Daraja gave no access token.")
    else:
        yield _good("token", "Daraja accepts the consumer key and secret")
        yield _check_passkey(client)
    yield _check_clock(watched.seconds_ahead)


def _check_clock(seconds_ahead: float | None) -> Finding:
    if seconds_ahead is None:
        return _skipped("clock", "Daraja's answers show no time.")
    if abs(seconds_ahead) <= _FARTHEST:
        return _good("clock", "agrees with Daraja's")
    words = f"{abs(seconds_ahead):,.0f} s {'ahead of' if seconds_ahead > 0 else 'behind'} Daraja's"
    return _fault("clock", words, "Let the machine set its clock by NTP; the password of a push holds its time.")


def _check_passkey(client: Daraja) -> Finding:
    """Query an invented payment. Only a query with the right shortcode and passkey gets the answer "unknown"."""
    if client.config.business.passkey is None:
        return _skipped("passkey", "There is none; only asking customers for money needs it.")
    invented = f"ws_CO_{datetime.now(EAT):%d%m%Y%H%M%S}000{secrets.randbelow(10**9):09}"
    try:
        answer = client.stk_query(invented)
    except DarajaError as error:
        return _fault("passkey", str(error))
    if _ONLY_THE_ID in answer.result_description.casefold():
        return Finding(check="passkey", state="warning", words="not proved: Daraja looked only at the invented id")
    return _good("passkey", "Daraja accepts the shortcode and the passkey")


def _check_callback_address(config: Config, transport: Transport) -> Finding:
    """Post a forged callback, which a shop refuses with 404 and does not store."""
    check, url = "callback address", below(config.callback_url, _FORGED)
    request = HttpRequest("POST", url, {"Content-Type": "application/json"}, b"{}", _PATIENCE)
    try:
        status = transport.send(request).status
    except NotSent as error:
        reason = "" if is_loopback(urlsplit(url).hostname or "") else f": {error.args[0]}"
        words, hint = f"cannot be reached from here{reason}", "Start the shop, or correct the address."
        return Finding(check=check, state="warning", words=words, hint=hint)
    except OutcomeUnknown as error:
        return _fault(check, f"gives no usable answer: {error.args[0]}", _LIKE_SAFARICOM)
    if status == _NOT_FOUND:
        return _good(check, "answers, and refuses a forged callback")
    if status < _REDIRECT:
        hint = "Give the token of the address to `receive`, so that forged callbacks are refused."
        return Finding(check=check, state="warning", words=f"takes a forged callback (HTTP {status})", hint=hint)
    return _fault(check, f"answers a POST with HTTP {status}", _HINTS.get(status, _LIKE_SAFARICOM))


def _good(check: str, words: str) -> Finding:
    return Finding(check=check, state="good", words=words)


def _fault(check: str, words: str, hint: str = "") -> Finding:
    return Finding(check=check, state="fault", words=words, hint=hint)


def _skipped(check: str, words: str, hint: str = "") -> Finding:
    return Finding(check=check, state="skipped", words=words, hint=hint)
