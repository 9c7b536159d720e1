"""A report looked at again: verified by running it anew, and held against another."""
