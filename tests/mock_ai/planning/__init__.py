"""Tests of plans and of their bytes."""
