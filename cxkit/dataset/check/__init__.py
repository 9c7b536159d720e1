"""One table against its contract: what is read, which rows break which rule, where they stand, and how that is said."""
