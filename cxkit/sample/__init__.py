"""The synthetic sample company, with planted truths that notebooks must find again."""
