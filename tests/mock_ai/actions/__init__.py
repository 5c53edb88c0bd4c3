"""Tests of actions and of the functions on lists of them."""
