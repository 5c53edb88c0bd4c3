"""HTTP/1.1 as bytes: written by the mock, read by the recorder."""
