"""Verifies relays and AI services by URL: plays the other side and checks what comes back."""
