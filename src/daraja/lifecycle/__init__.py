"""A record of money over time, for every product: its facts, and the only rules by which it changes.

Nothing here knows a product. A product is a ``Kind``.
"""
