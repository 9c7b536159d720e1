"""`docs/metrics.md`, written from the declarations of metrics, and the list that `cxkit metrics` prints."""

from cxkit.metric import RECIPES, Declared, Metric, areas, names

# How the reference of metrics calls the recipes.
LETTERS = {
    "proportion": "P", "small_proportion": "PA", "clustered_ratio": "PC", "count_rate": "R", "skewed_time": "T",
    "heavy_tailed_mean": "K", "rating_mean": "M", "net_score": "N",
}  # fmt: skip


def metrics_page() -> str:
    """`docs/metrics.md`, generated.

    Examples
    --------
    >>> metrics_page().splitlines()[0]
    '# Metrics'
    """
    lines = [
        "# Metrics",
        "",
        "Generated from `cxkit/areas/` by `make docs`. The same definitions stand at the foot of every report.",
        "",
        "| Recipe | Code | What it is for |",
        "|---|---|---|",
        *(f"| {recipe} | {LETTERS[recipe]} | {words} |" for recipe, words in RECIPES.items()),
    ]
    for area, metrics in areas().items():
        lines += ["", f"## {area.capitalize()}"]
        for metric in metrics:
            lines += _entry(metric)
    return "\n".join(lines) + "\n"


def describe(metric: Declared) -> dict[str, object]:
    """One metric in plain words, for `cxkit metrics --json`."""
    view, recipe, independent, each, rows = "", "", "", "", ""
    if isinstance(metric, Metric):
        view, recipe, independent = metric.view, metric.recipe, metric.cluster or "every row"
        each = metric.cluster or "" if metric.per_cluster else ""
        rows = _rows(metric)
    return {
        "id": metric.id,
        "title": metric.title,
        "definition": metric.definition,
        "formula": metric.formula,
        "each": each,
        "view": view,
        "unit": metric.unit,
        "better": metric.better,
        "recipe": recipe,
        "independent": independent,
        "rows": rows,
        "python": names().get(metric.id, ""),
        "source": metric.source,
        "needs": list(metric.needs),
        "differs": metric.differs,
        "version": metric.version,
    }


def _entry(metric: Declared) -> list[str]:
    if isinstance(metric, Metric):
        each = f" for each `{metric.cluster}`" if metric.per_cluster else ""
        facts = [
            f"- Formula: `{metric.formula}`{each} over `{metric.view}`",
            f"- Rows: {_rows(metric, '`')}",
            f"- Unit {metric.unit}; better {metric.better}; recipe {metric.recipe}; "
            f"independent: {f'`{metric.cluster}`' if metric.cluster else 'every row'}",
        ]
    else:
        facts = [f"- Computed by `{metric.formula}`", f"- Unit {metric.unit}; better {metric.better}"]
    facts += [
        f"- Source: {metric.source}",
        f"- Needs: {', '.join(f'`{need}`' for need in metric.needs)}",
    ]
    if name := names().get(metric.id):
        facts.append(f"- In Python: `{name}`")
    if metric.differs:
        facts.append(f"- Why other tools differ: {metric.differs}")
    return ["", f"### {metric.title} · `{metric.id}`", "", metric.definition, "", *facts]


def _rows(metric: Metric, mark: str = "") -> str:
    """Which rows of its view are in a period, and which are left out."""
    days = f"{metric.window_days:g} day" + ("" if metric.window_days == 1 else "s")
    said = [
        f"by {mark}{metric.time}{mark}",
        f"younger than {days} left out" if metric.window_days else "",
        f"left out with a reason: {mark}{metric.excluded}{mark}" if metric.excluded else "",
    ]
    return "; ".join(filter(None, said))
