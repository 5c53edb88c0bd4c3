"""Tests of `harness/http`."""
