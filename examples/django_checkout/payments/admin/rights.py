"""Who may do what: look, and with a permission of its own decide; nobody edits what tells of money."""

from django.http import HttpRequest

__all__ = ["LookAndDecide"]


class LookAndDecide:
    """For an admin that adds, changes and deletes nothing."""

    def has_add_permission(self, *_: object) -> bool:
        """Say no."""
        return False

    def has_change_permission(self, *_: object) -> bool:
        """Say no."""
        return False

    def has_delete_permission(self, *_: object) -> bool:
        """Say no."""
        return False

    def has_resolve_permission(self, request: HttpRequest) -> bool:
        """Tell whether somebody may decide what became of money."""
        return request.user.has_perm("payments.resolve_payment")
