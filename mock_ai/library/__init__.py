"""Which scenarios there are: from files, also while these change, or put by the control API."""
