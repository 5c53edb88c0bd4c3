"""Tests mirror the packages; agreement/ holds what both sides must agree on."""
