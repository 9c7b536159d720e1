"""Clubs at the edge: nobody, one member, nobody leaves, everybody leaves; and shops alike. Written as folders of CSV files."""

from datetime import date, timedelta
from pathlib import Path

SUBSCRIPTIONS = "subscription_id,term_no,customer_id,plan,billing_interval,term_start_at,term_end_at,ended_at,end_reason,status,mrr_amount,currency,observed_until"
ORDERS = "order_id,customer_id,ordered_at,status,net_amount,currency"
UNTIL = date(2026, 3, 31)


def write_club(folder: Path, n_members: int, leave: str) -> Path:
    """Members of two plans who joined one a day from 1 September 2025; `leave` is nobody, everybody or half."""
    lines = [SUBSCRIPTIONS]
    for number in range(n_members):
        start = date(2025, 9, 1) + timedelta(days=number % 90)
        goes = leave == "everybody" or (leave == "half" and number % 2)
        end = start + timedelta(days=60 + 13 * number % 60) if goes else None
        plan = "basic" if number % 3 else "premium"
        said = f"{end}T09:00:00Z,voluntary,ended" if end else ",,active"
        lines.append(
            f"s{number},1,c{number},{plan},month,{start}T08:00:00Z,{start + timedelta(days=30)}T08:00:00Z,{said},10,EUR,2026-04-01T00:00:00Z"
        )
    return _write(folder, "subscriptions", lines, "2025-09-01")


def write_shop(folder: Path, n_customers: int, n_each: int, gap: int = 30) -> Path:
    """Customers who bought n times each, thirty days apart."""
    lines = [ORDERS]
    for number in range(n_customers):
        for nth in range(n_each):
            day = date(2025, 9, 1) + timedelta(days=number % 90 + gap * nth)
            lines.append(f"o{number}.{nth},c{number},{day}T10:00:00Z,completed,{10 + number % 7},EUR")
    return _write(folder, "orders", lines, "2025-09-01")


def _write(folder: Path, table: str, lines: list[str], first: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{table}.csv").write_text("\n".join(lines) + "\n")
    settings = f"title: Edge\ntimezone: UTC\ncurrency: EUR\ntables:\n  {table}: {{from: {first}, to: {UNTIL}}}\n"
    (folder / "dataset.yml").write_text(settings)
    return folder
