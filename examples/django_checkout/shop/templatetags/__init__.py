"""Template tags and filters of this shop."""
