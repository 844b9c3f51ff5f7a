"""The content of the demo: a customer, staff, some orders and riders."""

from typing import Final

from django.contrib.auth.models import Permission
from django.core.management import call_command

from shop.models import Order, Rider, User

CUSTOMER: Final = "wanjiku@example.com"
ADMIN: Final = "admin@example.com"
STAFF: Final = {
    "akinyi@example.com": ("view_rider", "view_payout", "add_payout"),
    "otieno@example.com": ("view_rider", "view_payout", "approve_payout"),
}
"""Who asks for payouts, and who approves them, with what each may do."""
PASSWORD: Final = "karibu-sana"
PHONE: Final = "0712 345 678"
THINGS: Final = {
    "ORD-001": ("Laundry, 5 kg", 500),
    "STK-001": ("A sticker", 1),
    "SHOP-OF-WESTLANDS/NAIROBI/2026/TEA-001": ("Kericho tea, a year of it", 12_450),
    "CAR-001": ("A used car, the first part", 250_000),
}
"""What each order is for, and its price in KES. The id of one is longer than M-Pesa accepts."""
RIDERS: Final = {
    "Brian Mwangi": "254722000017",
    "Achieng Odhiambo": "254733000018",
    "A rider without M-Pesa": "254700002040",
}


def other_customers() -> bool:
    """Return whether the database belongs to another shop, which must not get an admin with a public password."""
    return User.objects.exclude(email__in=[CUSTOMER, ADMIN, *STAFF]).exists()


def lay_out() -> None:
    """Empty the database, then create the users and the orders."""
    call_command("flush", interactive=False, verbosity=0)
    User.objects.create_superuser(ADMIN, PASSWORD)
    customer = User.objects.create_user(CUSTOMER, PASSWORD, first_name="Wanjiku", last_name="Kamau", phone=PHONE)
    for email, permissions in STAFF.items():
        member = User.objects.create_user(email, PASSWORD, is_staff=True)
        member.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    for name, phone in RIDERS.items():
        Rider.objects.create(name=name, phone=phone, daily_pay=800)
    for order_id, (thing, amount) in THINGS.items():
        Order.objects.create(order_id=order_id, user=customer, description=thing, amount=amount)
