"""Tests of `harness/verify/sessions`."""
