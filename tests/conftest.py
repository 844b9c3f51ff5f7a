"""Settings for every test."""

from hypothesis import settings

# A slow machine is no fault of the code: what has to be fast is measured in bench/, by turns and in one run.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")
