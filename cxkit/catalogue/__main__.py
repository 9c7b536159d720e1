"""`python -m cxkit.catalogue` writes docs/metrics.md from the declarations, and docs/data-contract.md from the contract and what they need."""

from pathlib import Path

from cxkit.catalogue.contract_page import contract_page
from cxkit.catalogue.page import metrics_page

if __name__ == "__main__":
    Path("docs/data-contract.md").write_text(contract_page(), encoding="utf-8")
    Path("docs/metrics.md").write_text(metrics_page(), encoding="utf-8")
