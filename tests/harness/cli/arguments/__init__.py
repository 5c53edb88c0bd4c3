"""Tests of `harness/cli/arguments`."""
