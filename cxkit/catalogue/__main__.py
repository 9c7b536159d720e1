"""`python -m cxkit.catalogue` writes the generated pages of docs/: metrics.md, data-contract.md and views.md."""

from pathlib import Path

from cxkit.catalogue.contract_page import contract_page
from cxkit.catalogue.page import metrics_page
from cxkit.catalogue.views_page import views_page

if __name__ == "__main__":
    for name, page in {"data-contract": contract_page, "metrics": metrics_page, "views": views_page}.items():
        Path(f"docs/{name}.md").write_text(page(), encoding="utf-8")
