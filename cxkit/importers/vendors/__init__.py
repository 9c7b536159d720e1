"""The few lines of Python that a vendor's files need before the map can read them: one module a vendor, one function."""
