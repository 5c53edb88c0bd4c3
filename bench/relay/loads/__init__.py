"""Measures how long one user waits while an AI service or other browsers do their worst."""
