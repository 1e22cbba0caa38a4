"""The only source of time. The layers above the pure ones read it here, so that a test can set it."""

from time import monotonic, sleep, time

__all__ = ["monotonic", "sleep", "time"]
