"""Tests of replies while they are sent."""
