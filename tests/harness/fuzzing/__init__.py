"""Tests of `harness/fuzzing`."""
