"""Tests of the pytest plugin: each runs pytest on tests that are written in place."""
