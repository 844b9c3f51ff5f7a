"""A record of money over time, for every product: what is known of it, and the only rules by which it moves.

Nothing here knows a product. A product is a ``Kind``.
"""
