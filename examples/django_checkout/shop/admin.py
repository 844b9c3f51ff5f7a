"""Customers and staff, who log in with their e-mail address, orders, and riders, who are paid."""

from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.timezone import localdate

from daraja import mask_phone
from daraja.django import payouts
from daraja.django.admin.payouts import link_to_payout
from daraja.errors import DarajaError
from shop.models import Order, Rider, User


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


@admin.register(Rider)
class RiderAdmin(admin.ModelAdmin):
    """Asks for the pay of riders. A second person approves each payout on its page, which the list links to."""

    list_display = ("name", "masked_phone", "daily_pay", "today")
    actions = ("pay",)

    @admin.display(description="phone")
    def masked_phone(self, rider: Rider) -> str:
        """Return the number with its middle masked."""
        return mask_phone(rider.phone)

    @admin.display(description="today's pay")
    def today(self, rider: Rider) -> SafeString | str:
        """Return what became of today's pay."""
        return link_to_payout(rider.debt(localdate()))

    def has_pay_permission(self, request: HttpRequest) -> bool:
        """Return whether this person may ask for payouts."""
        return request.user.has_perm("daraja.add_payout")

    @admin.action(description="Ask for today's pay", permissions=["pay"])
    def pay(self, request: HttpRequest, queryset: "QuerySet[Rider]") -> None:
        """Write a payout down for each rider. Asked twice, a rider still has one."""
        for rider in queryset:
            try:
                payout = payouts().pay(
                    phone=rider.phone,
                    amount=rider.daily_pay,
                    purpose="salary",
                    remarks=f"Rider {rider.pk}",
                    idempotency_key=rider.debt(localdate()),
                    by=request.user.get_username(),
                )
            except DarajaError as error:
                self.message_user(request, f"{rider}: {error}", messages.WARNING)
            else:
                self.message_user(request, f"KES {payout.amount:,} for {rider}: {payout.status}", messages.SUCCESS)
