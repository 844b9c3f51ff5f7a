"""Result codes explained: one table per product, since a code means one thing here and another there."""

from daraja.result_codes.base import Explanation, Outcome
from daraja.result_codes.lookup import explain, is_undecided

__all__ = ["Explanation", "Outcome", "explain", "is_undecided"]
