"""Replies while they are sent: their times, writes, holds and endings."""
