"""Permissions: staff may look and, with a separate permission, decide. Nobody edits payments."""

from django.http import HttpRequest

__all__ = ["LookAndDecide"]


class LookAndDecide:
    """A read-only admin, with a separate permission for decisions."""

    def has_add_permission(self, *_: object) -> bool:
        """Return False."""
        return False

    def has_change_permission(self, *_: object) -> bool:
        """Return False."""
        return False

    def has_delete_permission(self, *_: object) -> bool:
        """Return False."""
        return False

    def has_resolve_permission(self, request: HttpRequest) -> bool:
        """Return whether this user may decide about payments."""
        return request.user.has_perm("payments.resolve_payment")
