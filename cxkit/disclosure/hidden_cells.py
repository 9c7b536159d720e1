"""Which cells of a table of counts must be hidden, so that no small one can be read off or computed.

A small cell that stands as "< k" must leave open every number from 1 to k − 1, also to a reader who knows the totals of rows and columns,
subtracts what is shown, and takes each label at its word: "< k" is 1 to k − 1, "hidden" is k or more.

References
----------
Hundepool et al. (2012), Statistical Disclosure Control, chapter 4 (primary and secondary cell suppression; the intruder's linear
programme, section 4.3).
"""

from collections.abc import Iterator

import numpy as np

Line = tuple[np.ndarray, np.ndarray]
NO_LIMIT = np.inf


def hidden_cells(counts: np.ndarray, k: int) -> np.ndarray:
    """Which cells of a table of counts must be hidden, given that a reader may know the totals of rows and columns.

    Parameters
    ----------
    counts : array of shape (rows, columns)
        People in each cell.
    k : int
        Smallest group that may be seen. A total of 1 to k − 1 is taken to be hidden itself.

    Returns
    -------
    array of bool, same shape

    Examples
    --------
    >>> hidden_cells(np.array([[30, 4], [25, 40]]), 10).tolist()
    [[True, True], [True, True]]
    """
    small = (counts > 0) & (counts < k)
    hidden = small.copy()
    lines = [line for line in _lines(counts.shape) if counts[line].sum() >= k]
    while (line := _line_that_tells(counts, hidden, small, lines, k)) is not None:
        hidden[_next_smallest(counts, hidden, line)] = True
    return _without_needless(counts, hidden, small, lines, k)


def possible_range(
    counts: np.ndarray, hidden: np.ndarray, k: int, cell: tuple[int, int], lines: list[Line] | None = None
) -> tuple[float, float]:
    """Least and most that a hidden cell can be, for a reader of the shown cells, the labels and the totals.

    Parameters
    ----------
    counts, hidden : arrays of shape (rows, columns)
    k : int
    cell : (row, column)
    lines : optional
        Cells whose total is known; without it rows, columns and the whole, where they hold k people or more.

    Examples
    --------
    >>> counts = np.array([[4, 15, 30]])
    >>> possible_range(counts, np.array([[True, True, False]]), 10, (0, 0))
    (1.0, 9.0)
    """
    from scipy.optimize import linprog

    if lines is None:
        lines = [line for line in _lines(counts.shape) if counts[line].sum() >= k]
    places = [tuple(place) for place in np.argwhere(hidden).tolist()]
    low, high = (np.array(ends, float) for ends in zip(*(_label(counts[place], k) for place in places), strict=True))
    sums, totals = [], []
    for rows, columns in lines:
        inside = set(zip(rows.tolist(), columns.tolist(), strict=True))
        sums.append([place in inside for place in places])
        totals.append(sum(counts[place] for place in places if place in inside))
    aim = np.array([place == tuple(cell) for place in places], float)
    if len(lines) <= 1:
        return _range_in_one_line(low, high, aim.astype(bool), sums, totals)
    bounds = [(least, None if most == NO_LIMIT else most) for least, most in zip(low, high, strict=True)]
    found = [
        linprog(sign * aim, A_eq=np.array(sums, float), b_eq=totals, bounds=bounds, method="highs") for sign in (1, -1)
    ]
    least, most = found[0].fun, (NO_LIMIT if found[1].status == 3 else -found[1].fun)
    return float(np.ceil(least - 1e-6)), float(np.floor(most + 1e-6))


def _range_in_one_line(
    low: np.ndarray, high: np.ndarray, aim: np.ndarray, sums: list[list[bool]], totals: list[float]
) -> tuple[float, float]:
    least, most = float(low[aim][0]), float(high[aim][0])
    for inside, total in zip(sums, totals, strict=True):
        others = np.array(inside) & ~aim
        least, most = max(least, total - high[others].sum()), min(most, total - low[others].sum())
    return least, most


def _label(count: float, k: int) -> tuple[float, float]:
    """What a reader takes from the label of a hidden cell: "< k" or "hidden"."""
    return (min(count, 1.0), k - 1.0) if count < k else (float(k), NO_LIMIT)


def _lines(shape: tuple[int, ...]) -> Iterator[Line]:
    """Rows and columns of two cells or more, and the whole table."""
    cells = np.indices(shape)
    lines = [cells[:, row, :] for row in range(shape[0])] + [cells[:, :, column] for column in range(shape[1])]
    if min(shape, default=0) > 1:
        lines.append(cells.reshape(2, -1))
    for rows, columns in lines:
        if len(rows) > 1:
            yield rows, columns


def _line_that_tells(
    counts: np.ndarray, hidden: np.ndarray, small: np.ndarray, lines: list[Line], k: int
) -> Line | None:
    """A line with something left to hide, for a small cell that is not open from 1 to k − 1: first one that hides a single cell."""
    for cell in np.argwhere(small).tolist():
        if _is_open(counts, hidden, k, cell, lines):
            continue
        open_lines = [line for line in lines if hidden[line].any() and not hidden[line].all()]
        if open_lines:
            return min(open_lines, key=lambda line: (hidden[line].sum() > 1, not _holds(line, cell)))
    return None


def _is_open(counts: np.ndarray, hidden: np.ndarray, k: int, cell: list[int], lines: list[Line]) -> bool:
    """Whether a small cell may still be anything from 1 to k − 1."""
    least, most = possible_range(counts, hidden, k, (cell[0], cell[1]), lines)
    return least <= 1 and most >= k - 1


MOST_CHECKS = 200  # of a cell's range; each is two small linear programmes


def _without_needless(
    counts: np.ndarray, hidden: np.ndarray, small: np.ndarray, lines: list[Line], k: int
) -> np.ndarray:
    """Show again, the largest first, whatever no small cell needs: a choice made early may have been overtaken by later ones."""
    cells, others = np.argwhere(small).tolist(), np.argwhere(hidden & ~small).tolist()
    if len(cells) * len(others) > MOST_CHECKS or not all(_is_open(counts, hidden, k, cell, lines) for cell in cells):
        return hidden
    for row, column in sorted(others, key=lambda cell: -counts[cell[0], cell[1]]):
        hidden[row, column] = False
        if not all(_is_open(counts, hidden, k, cell, lines) for cell in cells):
            hidden[row, column] = True
    return hidden


def _holds(line: Line, cell: list[int]) -> bool:
    return bool(((line[0] == cell[0]) & (line[1] == cell[1])).any())


def _next_smallest(counts: np.ndarray, hidden: np.ndarray, line: Line) -> tuple[int, int]:
    """The smallest visible cell of a line; empty ones only when there is no other."""
    cells = [
        (counts[cell] == 0, counts[cell], cell)
        for cell in zip(*map(np.ndarray.tolist, line), strict=True)
        if not hidden[cell]
    ]
    return min(cells)[2]
