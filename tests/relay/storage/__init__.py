"""Tests of the storage of the relay."""
