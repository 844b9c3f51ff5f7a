"""The settings and parts from which the fixtures and ``DarajaTestCase`` make a shop to be tested."""

from functools import cache
from typing import Any, Final

from daraja.config import Config, Environment, Initiator, PayBill
from daraja.config.business import Business, Till
from daraja.simulator.engine import Engine
from daraja.simulator.oauth import TokenIssuer
from daraja.simulator.operators import SANDBOX_INITIATOR, SANDBOX_PASSWORD, certificate
from daraja.simulator.products.base import SANDBOX_PASSKEY, SANDBOX_SHORTCODE

CALLBACK_URL: Final = "https://shop.example/payments/callback/"
"""Where callbacks go, unless a test says otherwise; its path is what counts for a test client."""


def sample_business() -> PayBill:
    """Return the pay bill of Safaricom's public sandbox."""
    return PayBill(SANDBOX_SHORTCODE, passkey=SANDBOX_PASSKEY)


@cache
def sample_initiator() -> Initiator:
    """Return the API operator that every local Daraja knows, with a security credential that it can decrypt."""
    return Initiator.from_password(SANDBOX_INITIATOR, password=SANDBOX_PASSWORD, certificate=certificate())


def sample_config(
    business: Business | None = None,
    *,
    base_url: str | None = None,
    callback_url: str = CALLBACK_URL,
    **settings: Any,  # noqa: ANN401 - as Config has them
) -> Config:
    """Return settings for a test, with invented credentials.

    Args:
        business: Who is paid; the sandbox's pay bill if left out.
        base_url: The address of the local Daraja; that of the environment ``simulator`` if left out.
        callback_url: Where callbacks go.
        **settings: Other settings of ``Config``, also in place of the invented ones: ``max_amount=1000``.
    """
    invented: dict[str, Any] = {  # Any: as above
        "consumer_key": "a-key-of-the-tests",
        "consumer_secret": "a-secret-of-the-tests",
        "business": sample_business() if business is None else business,
        "environment": "simulator" if base_url is None else Environment(base_url),
        "callback_url": callback_url,
    }
    return Config(**(invented | settings))


@cache
def _tokens() -> TokenIssuer:
    """Return the tokens of this process: a client that outlives a test has a token of that test's engine."""
    return TokenIssuer()


def engine_for(business: Business) -> Engine:
    """Make a local Daraja that knows *business*, its till and its passkey, and accepts tokens of earlier engines."""
    tills = {business.shortcode: business.till} if isinstance(business, Till) else {}
    passkey = SANDBOX_PASSKEY if business.passkey is None else business.passkey.reveal()
    return Engine(shortcodes={business.shortcode: passkey}, tills=tills, tokens=_tokens())
