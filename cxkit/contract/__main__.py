"""`python -m cxkit.contract` writes docs/data-contract.md from the contract."""

from pathlib import Path

from cxkit.contract.page import contract_page

if __name__ == "__main__":
    Path("docs/data-contract.md").write_text(contract_page(), encoding="utf-8")
