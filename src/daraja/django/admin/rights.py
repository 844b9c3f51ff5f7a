"""The rights in the admin: staff may look, and decide with a permission of its own. Nobody edits or deletes."""

from django.http import HttpRequest

from daraja.django.models import payment_model


def may(request: HttpRequest, what: str, /) -> bool:
    """Return whether a person has a permission of the model of payments, such as ``resolve_payment``."""
    label: str = payment_model()._meta.app_label
    return bool(request.user.has_perm(f"{label}.{what}"))


def may_pay_out(request: HttpRequest, what: str, /) -> bool:
    """Return whether a person may do something with payouts: ``add``, ``approve`` or ``resolve``."""
    return bool(request.user.has_perm(f"daraja.{what}_payout"))


class LookAndDecide:
    """A read-only admin."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Return False."""
        del request
        return False

    def has_change_permission(self, *_: object) -> bool:
        """Return False."""
        return False

    def has_delete_permission(self, *_: object) -> bool:
        """Return False."""
        return False

    def has_resolve_permission(self, request: HttpRequest) -> bool:
        """Return whether this person may decide about payments."""
        return may(request, "resolve_payment")
