"""A received request, the question in it, and the values that rules and templates read."""
