"""The fixtures of ``daraja.testing``, which pytest finds by itself."""
