"""`docs/metrics.md`, written from the declarations of metrics, and the list that `cxkit metrics` prints."""

from cxkit.metric import RECIPES, Declared, Metric, areas

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
    view, recipe, independent = "", "", ""
    if isinstance(metric, Metric):
        view, recipe, independent = metric.view, metric.recipe, metric.cluster or "every row"
    return {
        "id": metric.id,
        "title": metric.title,
        "definition": metric.definition,
        "formula": metric.formula,
        "view": view,
        "unit": metric.unit,
        "better": metric.better,
        "recipe": recipe,
        "independent": independent,
        "source": metric.source,
        "needs": list(metric.needs),
        "differs": metric.differs,
        "version": metric.version,
    }


def _entry(metric: Declared) -> list[str]:
    if isinstance(metric, Metric):
        facts = [
            f"- Formula: `{metric.formula}` over `{metric.view}`",
            f"- Unit {metric.unit}; better {metric.better}; recipe {metric.recipe}; "
            f"independent: {f'`{metric.cluster}`' if metric.cluster else 'every row'}",
        ]
    else:
        facts = [f"- Computed by `{metric.formula}`", f"- Unit {metric.unit}; better {metric.better}"]
    facts += [
        f"- Source: {metric.source}",
        f"- Needs: {', '.join(f'`{need}`' for need in metric.needs)}",
    ]
    if metric.differs:
        facts.append(f"- Why other tools differ: {metric.differs}")
    return ["", f"### {metric.title} · `{metric.id}`", "", metric.definition, "", *facts]
