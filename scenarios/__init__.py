"""Scenario files, each of which reproduces one stream."""
