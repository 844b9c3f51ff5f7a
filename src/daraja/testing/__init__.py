"""Help for tests of shops and of this library; ``daraja.testing.mount`` needs the extra ``testing``."""

from daraja.testing.clock import ManualClock

__all__ = ["ManualClock"]
