"""Daraja's vocabulary, a room per product: its operations, its answers, its callbacks."""
