"""Tests of `harness/verify/settings`."""
