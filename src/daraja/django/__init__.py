"""M-Pesa payments, payouts and receipts in a Django project: models, the callback view, the admin, checks and commands.

Install it with ``pip install "daraja-kit[django]"``, then write::

    # settings.py
    INSTALLED_APPS += ["daraja.django"]
    DARAJA = {"ON_SUCCESS": "shop.orders.fulfil"}  # called in the transaction that makes a payment a success

    # urls.py
    path("payments/callback/", include("daraja.django.urls"))

    # views.py
    from daraja.django import checkout

    payment = checkout().charge(order=order.number, phone=phone, amount=order.total)

The ``MPESA_*`` variables come from the environment, or are settings of the same names. It needs nothing but Django.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from daraja import Checkout, Payouts, Receipts

__all__ = ["checkout", "payouts", "receipts"]


def checkout() -> "Checkout":
    """Return the checkout of this process, which is made at its first use.

    Call its methods outside of a transaction: put ``@transaction.non_atomic_requests`` on a view that charges if
    ``ATOMIC_REQUESTS`` is on.

    Raises:
        ConfigurationError: If a setting is missing or wrong; ``manage.py check`` lists them all.
    """
    from daraja.django.apps import this_app  # noqa: PLC0415 - Django imports this package before its apps

    return this_app().checkout


def payouts() -> "Payouts":
    """Return the payouts of this process, which are made at the first use.

    Like those of the checkout, call its methods outside of a transaction. Whether a second person has to approve a
    payout is said by ``APPROVAL_FROM`` of ``DARAJA``: by default, each one.

    Raises:
        ConfigurationError: If a setting is missing or wrong, such as a cap; ``manage.py check`` lists them all.
    """
    from daraja.django.apps import this_app  # noqa: PLC0415 - as above

    return this_app().payouts


def receipts() -> "Receipts":
    """Return the receipts, which book the money that customers pay by hand. They are made at the first use.

    The checkout knows it: an order that was paid by hand is paid. Like those of the checkout, call its methods outside
    of a transaction. ``MPESA_REGISTERED_SECRET`` signs its addresses, and ``manage.py daraja_register`` registers them.

    Raises:
        ConfigurationError: If a setting is missing or wrong; ``manage.py check`` lists them all.
    """
    from daraja.django.apps import this_app  # noqa: PLC0415 - as above

    return this_app().receipts
