"""The least sizes for a verdict: below them a figure is shown with its interval, and no verdict is given."""

from cxkit.errors import ArgumentError, did_you_mean

# recipe → (fact, how it is called on the page, at least)
NEEDS: dict[str, tuple[tuple[str, str, float], ...]] = {
    "proportion": (("n", "n", 30), ("events", "events", 5), ("non_events", "non-events", 5)),
    "small_proportion": (("n", "n", 5),),
    "clustered_ratio": (("n", "n", 30),),
    "count_rate": (("events", "events", 10),),
    "skewed_time": (("n", "n", 5),),
    "survival": (("events", "events", 10),),
    "rating_mean": (("n", "n", 15),),
    "net_score": (("n", "n", 30),),
    "heavy_tailed_mean": (("positive", "n with a positive value", 50),),
    "class_shares": (("min_expected", "smallest expected count", 5),),
    "text_agreement": (("n", "human-labelled items", 100),),
}


def shortfall(recipe: str, **facts: float) -> str:
    """What a group lacks for a verdict, in words; empty if it has enough.

    Parameters
    ----------
    recipe : str
        A key of `NEEDS`, such as "clustered_ratio".
    **facts : float
        What the recipe asks for, per group (both groups of a comparison must pass): `n` independent units or clusters;
        `events`, `non_events`; `positive` units with a positive value; `min_expected` smallest expected count.
        For count_rate `events` are those of all groups together.

    Returns
    -------
    str
        The first lack, for "can't tell (…)"; "" if none.

    Raises
    ------
    ArgumentError
        The recipe is unknown, or a fact that it asks for is missing.

    Examples
    --------
    >>> shortfall("rating_mean", n=18), shortfall("net_score", n=18)
    ('', 'n = 18, needs 30')
    >>> shortfall("proportion", n=118, events=3, non_events=115)
    'events = 3, needs 5'
    """
    if recipe not in NEEDS:
        raise ArgumentError(
            f"Unknown recipe `{recipe}`; expected one of {', '.join(NEEDS)}.{did_you_mean(recipe, NEEDS)}"
        )
    for fact, words, least in NEEDS[recipe]:
        if fact not in facts:
            raise ArgumentError(f"Recipe {recipe} needs `{fact}` to tell whether there is enough data.")
        if not facts[fact] >= least:
            return f"{words} = {facts[fact]:g}, needs {least:g}"
    return ""
