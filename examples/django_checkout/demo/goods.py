"""The content of the demo: a customer, an admin and some orders."""

from itertools import count
from typing import Final

from daraja.django import checkout
from daraja.django.models import OPEN
from daraja.ledger import Ledger
from payments.models import Payment
from shop.models import Order, User

CUSTOMER: Final = "wanjiku@example.com"
ADMIN: Final = "admin@example.com"
PASSWORD: Final = "karibu-sana"
PHONE: Final = "0712 345 678"
THINGS: Final = {
    "Laundry, 5 kg": ("ORD-{:03}", 500),
    "A sticker": ("STK-{:03}", 1),
    "Kericho tea, a year of it": ("SHOP-OF-WESTLANDS/NAIROBI/2026/TEA-{:03}", 12_450),
    "A used car, the first part": ("CAR-{:03}", 250_000),
}
"""The goods, each with its order's id (one is longer than M-Pesa accepts) and its price in KES."""


def other_customers() -> bool:
    """Return whether the database belongs to another shop, which must not get an admin with a public password."""
    return User.objects.exclude(email__in=[CUSTOMER, ADMIN]).exists()


def lay_out() -> None:
    """Create the users and an unpaid order of each thing; existing rows stay."""
    customer = User.objects.filter(email=CUSTOMER).first() or User.objects.create_user(
        CUSTOMER, PASSWORD, first_name="Wanjiku", last_name="Kamau", phone=PHONE
    )
    if not User.objects.filter(email=ADMIN).exists():
        User.objects.create_superuser(ADMIN, PASSWORD)
    for thing, (name, amount) in THINGS.items():
        if not Order.objects.filter(description=thing, paid_at=None).exists():
            names = (name.format(number) for number in count(1))
            order_id = next(name for name in names if not Order.objects.filter(pk=name).exists())
            Order.objects.create(order_id=order_id, user=customer, description=thing, amount=amount)


def forget_prompts() -> int:
    """Settle the open payments of an earlier demo, whose local Daraja has ended; return how many there were."""
    left = list(Payment.objects.filter(status__in=OPEN).exclude(environment__in=["sandbox", "production"]))
    for payment in left:
        note = "the simulated Daraja that was asked has gone"
        Ledger(checkout().store).resolve(payment.key, paid=False, note=note, by="demo")
    return len(left)
