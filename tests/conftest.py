"""Property tests: the same examples everywhere, and no clock decides whether one passes."""

from hypothesis import HealthCheck, settings

settings.register_profile("svitac", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("svitac")
