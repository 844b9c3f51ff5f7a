"""Result codes explained: one table per product, since a code means one thing here and another there."""

from daraja.outcomes.base import Explanation, Outcome
from daraja.outcomes.lookup import explain

__all__ = ["Explanation", "Outcome", "explain"]
