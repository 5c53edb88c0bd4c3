"""Tests of requests, and of what answers them."""
