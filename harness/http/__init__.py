"""HTTP for the harness: requests, servers, and streams that are read byte for byte."""
