"""Tests of recordings: capture, masking, scenario files, and files of other tools."""
