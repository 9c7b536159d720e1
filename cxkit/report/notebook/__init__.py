"""What a notebook's cells call: `Report`, its verbs, and the blocks that they show."""


def __getattr__(name: str) -> object:
    if name in ("Report", "open_report"):  # loaded when named: the command line must start without pandas
        from cxkit.report.notebook import notebook

        return getattr(notebook, name)
    raise AttributeError(f"module 'cxkit.report.notebook' has no attribute {name!r}")
