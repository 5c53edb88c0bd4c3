"""The families of checks, one file each, and the catalogue of them all."""
