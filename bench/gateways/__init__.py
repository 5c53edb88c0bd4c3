"""Gateways that others wrote, verified with every scenario; docs/gateways.md has the findings."""
