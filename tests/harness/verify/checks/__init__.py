"""Tests of `harness/verify/checks`."""
