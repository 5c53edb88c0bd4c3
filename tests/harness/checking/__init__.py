"""Tests of `harness/checking`."""
