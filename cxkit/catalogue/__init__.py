"""Every metric and every table as pages of the documentation."""
