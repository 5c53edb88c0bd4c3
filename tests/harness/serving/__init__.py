"""Tests of `harness/serving`."""
