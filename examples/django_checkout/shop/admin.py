"""Customers and staff, who log in with their e-mail address, and orders."""

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.forms import ModelForm
from django.http import HttpRequest

from shop.models import Order, User


@admin.register(User)
class CustomerAdmin(UserAdmin):
    """Django's own admin, without a user name."""

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


@admin.register(Order)
class OrderAdmin(admin.ModelAdmin):
    """Finds and creates orders. The price of an order that is there stays: make another order."""

    list_display = ("order_id", "user", "description", "amount", "created_at", "paid_at")
    list_filter = (("paid_at", admin.EmptyFieldListFilter), "created_at")
    list_select_related = ("user",)
    search_fields = ("order_id", "description", "user__email")
    autocomplete_fields = ("user",)
    readonly_fields = ("created_at", "paid_at")

    def get_readonly_fields(self, request: HttpRequest, obj: Order | None = None) -> tuple[str, ...]:
        """Leave the description of an order that is there."""
        fixed = () if obj is None else ("order_id", "user", "amount")
        return (*fixed, *super().get_readonly_fields(request, obj))

    def save_model(self, _: HttpRequest, obj: Order, form: "ModelForm[Order]", change: bool) -> None:  # noqa: FBT001 - as Django has it
        """Write what was changed and nothing else: the order may be paid meanwhile."""
        obj.save(update_fields=form.changed_data if change else None)
