"""What stays of a run: blocks read back from its notebooks, its manifest, what was published before, and one family of comparisons."""
