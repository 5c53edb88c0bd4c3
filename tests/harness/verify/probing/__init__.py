"""Tests of `harness/verify/probing`."""
