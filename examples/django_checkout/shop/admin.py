"""Customers and staff, who log in with their e-mail address, and orders."""

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
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
    """Finds and creates orders; after the first payment the amount cannot change."""

    list_display = ("order_id", "user", "description", "amount", "created_at", "paid_at")
    list_filter = (("paid_at", admin.EmptyFieldListFilter), "created_at")
    list_select_related = ("user",)
    search_fields = ("order_id", "description", "user__email")
    autocomplete_fields = ("user",)
    readonly_fields = ("created_at", "paid_at")

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Order | None:
        """Lock the order while it is saved, so no payment starts or ends in between."""
        if request.method == "POST":
            Order.objects.select_for_update().filter(pk=object_id).first()
        return super().get_object(request, object_id, from_field)

    def get_readonly_fields(self, request: HttpRequest, obj: Order | None = None) -> tuple[str, ...]:
        """Make the fields of an order with a payment read-only."""
        asked = obj is not None and obj.payments.exists()
        named = ("order_id",) if obj is not None else ()
        frozen = ("user", "amount") if asked else ()
        return (*named, *frozen, *super().get_readonly_fields(request, obj))
