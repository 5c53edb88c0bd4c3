"""Tests of `harness/verify/targets`."""
