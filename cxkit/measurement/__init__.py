"""From declarations and a source to rows: sums by one query a view, intervals, changes, verdicts."""
