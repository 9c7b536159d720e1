"""Sums over who is at risk at each time, and over the times at which each is at risk, that never subtract.

Who enters late is commonly taken off a running sum again. That leaves rounding of the largest risks where small ones should stand: with risks
that differ by e^30, every digit. Instead a span of times is cut into spans whose lengths are powers of two (a segment tree: Bentley 1977),
at most two of each length, and only sums of whole spans are added.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

Array = NDArray[np.float64]


class RiskSums:
    """Cells that are at risk at the event times number first ... last of `n_times`; at none where last < first.

    Examples
    --------
    >>> sums = RiskSums(np.array([0, 1]), np.array([2, 1]), 3)
    >>> sums.by_time(sums.spans @ np.array([10.0, 1e-20])).tolist(), (sums.spans.T @ sums.by_span(np.array([1.0, 2.0, 4.0]))).tolist()
    ([10.0, 10.0, 10.0], [7.0, 2.0])
    """

    def __init__(self, first: NDArray[np.int64], last: NDArray[np.int64], n_times: int) -> None:
        self.n_times = n_times
        self._size = 1 << max(n_times - 1, 0).bit_length()
        cells, spans = [], []
        start, stop = first + self._size, np.maximum(first, last + 1) + self._size
        while (start < stop).any():
            for is_cut, span in (
                ((start < stop) & (start % 2 == 1), start),
                ((start < stop) & (stop % 2 == 1), stop - 1),
            ):
                cells.append(np.flatnonzero(is_cut))
                spans.append(span[is_cut])
            start, stop = (start + 1) // 2, stop // 2
        where = np.concatenate([np.zeros(0, int), *spans]), np.concatenate([np.zeros(0, int), *cells])
        # Spans × cells: span 1 is the whole, spans 2s and 2s + 1 are the halves of s.
        self.spans = csr_array((np.ones(len(where[0])), where), shape=(2 * self._size, len(first)))

    def by_time(self, of_spans: Array) -> Array:
        """Sums at each time from the sums over the cells of each span."""
        total = of_spans.copy()
        begin = 1
        while begin < self._size:
            total[2 * begin : 4 * begin] += np.repeat(total[begin : 2 * begin], 2, axis=0)
            begin *= 2
        return total[self._size : self._size + self.n_times]

    def by_span(self, at_times: Array) -> Array:
        """Sums over the times of each span."""
        total = np.zeros((2 * self._size, *at_times.shape[1:]))
        total[self._size : self._size + self.n_times] = at_times
        begin = self._size // 2
        while begin:
            total[begin : 2 * begin] = total[2 * begin : 4 * begin : 2] + total[2 * begin + 1 : 4 * begin : 2]
            begin //= 2
        return total
