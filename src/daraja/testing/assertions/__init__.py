"""Assertions that explain themselves: what was expected, what there was, and what the reason may be."""

from daraja.testing.assertions.payments import assert_not_paid, assert_paid_once
from daraja.testing.assertions.pushes import assert_not_pushed, assert_pushed

__all__ = ["assert_not_paid", "assert_not_pushed", "assert_paid_once", "assert_pushed"]
