"""A request to the mock: what it asks, and the values that rules and templates read from it."""
