"""The log of the frames that browsers read."""
