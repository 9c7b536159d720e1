"""`python -m cxkit.metrics` writes docs/metrics.md from the declarations."""

from pathlib import Path

from cxkit.metrics.page import metrics_page

if __name__ == "__main__":
    Path("docs/metrics.md").write_text(metrics_page(), encoding="utf-8")
