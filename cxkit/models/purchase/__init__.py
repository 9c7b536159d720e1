"""Models of who buys again and what a customer is worth. They work on distinct purchase histories with a count."""
