"""A data set: found, fetched, read, checked, cleaned, consent kept, and opened as a `Source` with views."""
