"""Tests of `harness/cli`."""
