"""Tests of loading scenario files."""
