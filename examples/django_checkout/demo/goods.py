"""The content of the demo: a customer, an admin and some orders."""

from typing import Final

from django.core.management import call_command

from shop.models import Order, User

CUSTOMER: Final = "wanjiku@example.com"
ADMIN: Final = "admin@example.com"
PASSWORD: Final = "karibu-sana"
PHONE: Final = "0712 345 678"
THINGS: Final = {
    "ORD-001": ("Laundry, 5 kg", 500),
    "STK-001": ("A sticker", 1),
    "SHOP-OF-WESTLANDS/NAIROBI/2026/TEA-001": ("Kericho tea, a year of it", 12_450),
    "CAR-001": ("A used car, the first part", 250_000),
}
"""What each order is for, and its price in KES. The id of one is longer than M-Pesa accepts."""


def other_customers() -> bool:
    """Return whether the database belongs to another shop, which must not get an admin with a public password."""
    return User.objects.exclude(email__in=[CUSTOMER, ADMIN]).exists()


def lay_out() -> None:
    """Empty the database, then create the users and the orders."""
    call_command("flush", interactive=False, verbosity=0)
    User.objects.create_superuser(ADMIN, PASSWORD)
    customer = User.objects.create_user(CUSTOMER, PASSWORD, first_name="Wanjiku", last_name="Kamau", phone=PHONE)
    for order_id, (thing, amount) in THINGS.items():
        Order.objects.create(order_id=order_id, user=customer, description=thing, amount=amount)
