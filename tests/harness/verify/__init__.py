"""Tests of `harness/verify`."""
