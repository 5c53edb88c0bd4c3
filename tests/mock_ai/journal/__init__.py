"""Tests of what the mock keeps: requests with their replies, and deliveries."""
