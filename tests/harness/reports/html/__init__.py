"""Tests of the HTML report: its parts, and the whole file."""
