"""The shop that asks for money in these measurements."""

from daraja import Config, Daraja, Environment, PayBill, StkPushResponse

__all__ = ["ask", "settings"]


def settings(base_url: str, /) -> Config:
    """Give settings as long as real ones, for a Daraja at *base_url*."""
    return Config(
        consumer_key="consumer-key-of-thirty-two-chars",
        consumer_secret="consumer-secret-",
        business=PayBill("174379", passkey="a-passkey-has-sixty-four-characters-".ljust(64, "-")),
        environment=Environment(base_url),
        callback_url="https://shop.example/api/payments/callback/",
    )


def ask(daraja: Daraja, /) -> StkPushResponse:
    """Ask a phone for money."""
    return daraja.stk_push(phone="0712 345 678", amount=500, reference="ORD-2026-001", description="Laundry")
