"""Tests of the client of AI services."""
