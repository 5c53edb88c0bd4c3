"""HTTP: a client that reads streams, a server for web applications, and saved streams."""
