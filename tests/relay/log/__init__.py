"""Tests of the logs of frames."""
