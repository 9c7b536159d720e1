"""One run over all notebooks: planned, opened, executed in warm kernels, reused where nothing changed, and published whole."""
