"""The loop that carries flows out, and the runtimes that answer their effects, in threads and in tasks."""

from daraja.runtime.base import arun, run

__all__ = ["arun", "run"]
