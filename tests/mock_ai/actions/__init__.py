"""Tests of actions, and of what is told from lists of them."""
