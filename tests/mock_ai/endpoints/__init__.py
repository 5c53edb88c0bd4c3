"""Tests of the endpoints that clients of providers use besides asking."""
