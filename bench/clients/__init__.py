"""Measures how real clients read every shipped scenario."""
