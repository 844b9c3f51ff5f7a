"""The callback addresses, for ``path("payments/callback/", include("daraja.django.urls"))``."""

from django.urls import path, re_path

from daraja.django.views import CallbackView, ReceiptView

app_name = "daraja"

# With and without the slash at the end: a redirect would lose the body.
urlpatterns = [
    re_path(r"^receipts/?$", ReceiptView.as_view(), name="receipts"),
    re_path(r"^receipts/(?P<token>[^/]+)/?$", ReceiptView.as_view(), name="signed-receipts"),
    path("", CallbackView.as_view(), name="callback"),
    re_path(r"^(?P<token>[^/]+)/?$", CallbackView.as_view(), name="signed-callback"),
]
