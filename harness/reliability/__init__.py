"""`streamproof reliability`: real processes, clients that come back, faults, and invariants.

A trial is some turns in flight, one fault, and then the check of everything that was seen and
stored. The relay is a process of its own, which a fault can kill, freeze or starve.
"""
