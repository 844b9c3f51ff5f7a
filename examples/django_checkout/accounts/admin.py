"""Customers and staff, who log in with their e-mail address."""

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm

from accounts.models import User

__all__ = ["CustomerAdmin"]


class NewCustomerForm(AdminUserCreationForm):
    """The form for a new customer, with an e-mail address instead of a user name."""

    class Meta:
        """See there."""

        model = User
        fields = ("email",)


class CustomerForm(UserChangeForm):
    """Django's own form, for our model."""

    class Meta:
        """See there."""

        model = User
        fields = "__all__"


@admin.register(User)
class CustomerAdmin(UserAdmin):
    """Django's own admin, without a user name."""

    form = CustomerForm
    add_form = NewCustomerForm
    ordering = ("email",)
    list_display = ("email", "first_name", "last_name", "is_staff")
    search_fields = ("email", "first_name", "last_name")
    fieldsets = (
        (None, {"fields": ("email", "password")}),
        ("Person", {"fields": ("first_name", "last_name", "phone")}),
        ("Rights", {"fields": ("is_active", "is_staff", "is_superuser", "groups", "user_permissions")}),
        ("When", {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = ((None, {"fields": ("email", "usable_password", "password1", "password2")}),)
