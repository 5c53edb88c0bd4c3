"""From a reply to its bytes and their times: all decided before the socket is used."""
