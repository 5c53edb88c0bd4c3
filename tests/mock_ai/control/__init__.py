"""Tests of the control API, and of what it controls."""
