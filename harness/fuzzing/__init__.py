"""Generates scenarios from the contracts, and verifies a relay with them."""
