"""`streamproof doctor`: find what damages a stream before it reaches a page."""
