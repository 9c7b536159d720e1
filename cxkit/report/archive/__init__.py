"""A report as it is kept: verified by running it again, and held against another."""
