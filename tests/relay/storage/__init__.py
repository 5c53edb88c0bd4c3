"""Tests of what the relay stores."""
