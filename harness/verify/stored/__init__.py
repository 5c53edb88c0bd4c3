"""What a relay stored, read through its history endpoint or from its database."""
