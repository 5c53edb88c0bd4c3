"""The test double: replays scripted SSE scenarios over real sockets, byte for byte."""
