"""Tests of `harness/verify/stored`."""
