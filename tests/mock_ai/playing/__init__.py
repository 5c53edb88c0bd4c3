"""Tests of replies under way."""
