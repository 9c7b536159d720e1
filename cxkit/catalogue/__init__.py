"""The generated pages of docs/: every metric, every table, every view."""
