"""Finds out how a backend is asked and what it answers, so that its settings can be written."""
