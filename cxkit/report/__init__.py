"""Reports: blocks that a notebook shows, the page made from them, the run, the index and the later check."""


def __getattr__(name: str) -> object:
    if name == "open_report":  # loaded when named: the command line must start without pandas
        from cxkit.report.notebook.notebook import open_report

        return open_report
    raise AttributeError(f"module 'cxkit.report' has no attribute {name!r}")
