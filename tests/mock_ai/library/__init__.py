"""Tests of loading and reloading scenario files."""
