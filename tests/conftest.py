"""What holds for all tests: properties are tried with the same values on every machine."""

from hypothesis import HealthCheck, settings

settings.register_profile(
    "streamproof",
    derandomize=True,
    database=None,
    deadline=None,  # a machine may be busy
    suppress_health_check=[HealthCheck.too_slow],  # or be drawing its first value
)
settings.load_profile("streamproof")
