"""The scenarios that requests can select: from files, which may change, and the control API."""
