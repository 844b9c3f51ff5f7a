"""Paying for an order: the models, addresses and hooks of this shop, on top of ``daraja.django``."""
