"""Tests of `harness/known_failures`."""
