"""Timings, kept apart from the tests: `make bench`."""
