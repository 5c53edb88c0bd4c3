"""Measurements: commands that anyone can repeat, no part of the product."""
