"""Tests of `harness/shrinking`."""
