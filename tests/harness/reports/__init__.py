"""Tests of `harness/reports`."""
