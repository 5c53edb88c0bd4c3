"""Tests of the faults, one file each."""
