"""Verifies clients of AI services: a command that asks the mock, and a page in Chromium."""
