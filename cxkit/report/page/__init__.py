"""The page made from an executed notebook's blocks, and the index over all pages."""
