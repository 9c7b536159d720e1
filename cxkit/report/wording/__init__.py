"""How blocks are said: numbers, verdicts and findings in words, and blocks as HTML; for JupyterLab, pages and slides alike."""
