"""Reports: blocks that a notebook shows, the page made from them, the run, the index and the later check."""
