"""HTTP/1.1 as bytes, in both directions: the one place that writes and reads it."""
