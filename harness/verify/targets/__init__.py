"""Relays under test: where they are, and how a test user gets in."""
