"""The one view that charges."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from daraja.django import checkout
from tests.django.project.shop.models import Order

__all__ = ["pay"]


def pay(request: HttpRequest, number: str) -> HttpResponse:
    """Ask the customer's phone for the money of an order."""
    order = get_object_or_404(Order, number=number)
    payment = checkout().charge(order=order.number, phone=request.POST["phone"], amount=order.total)
    return HttpResponse(payment.customer_message)
