"""The log of frames: what browsers read, wherever they are and whenever they come."""
