"""What holds for the whole suite."""

from hypothesis import settings

# A law holds however busy the machine is: how long one example takes says nothing about it.
settings.register_profile("tracte", deadline=None)
settings.load_profile("tracte")
