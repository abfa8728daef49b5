# SPDX-License-Identifier: MIT
"""Makes a table of figures; runs nothing. A figure is a cost: less is better."""

import dataclasses
import math
import statistics


@dataclasses.dataclass(frozen=True)
class Goal:
    """Goal: pconc's figure is at most `ratio` times that of peer `of` (None: the best one), or at most
    `limit` in the row's unit, which depends on the machine."""
    ratio: float = None
    of: str = None
    limit: float = None


@dataclasses.dataclass
class Series:
    """The figures of one contender of a row, one for each round; None: it failed."""
    name: str
    ours: bool = False
    counts: bool = True  # is a peer to beat
    note: str = ""
    values: list = dataclasses.field(default_factory=list)
    failure: str = None

    def valid(self):
        return [value for value in self.values if value is not None]

    def median(self):
        return statistics.median(self.valid()) if self.valid() else None


@dataclasses.dataclass
class Verdict:
    """A goal of a row and its result; `seen` and `met` are None if there is none."""
    text: str
    seen: str = None
    met: bool = None


def paired_ratios(ours, theirs):
    """ours / theirs of each round that has both."""
    return [a / b for a, b in zip(ours.values, theirs.values)
            if a is not None and b is not None and b > 0]


def paired_ratio(ours, theirs):
    """The median over the rounds of ours / theirs of the same round; None: no round has both."""
    ratios = paired_ratios(ours, theirs)
    return statistics.median(ratios) if ratios else None


@dataclasses.dataclass(frozen=True)
class Interval:
    """An interval of a median, and the probability that the true median lies in it."""
    low: float
    high: float
    coverage: float

    def at_most(self, limit):
        """yes or no, or 'unclear' if the limit is inside the interval."""
        if self.low <= limit < self.high:
            return "unclear"
        return "yes" if self.high <= limit else "no"


def median_interval(values, level=0.95):
    """The shortest interval between order statistics that contains the median with `level`. With too
    few values (below 6 for 95%) that of all values; None with fewer than two."""
    if len(values) < 2:
        return None
    ordered, count = sorted(values), len(values)

    def coverage(cut):
        return 1 - 2 * sum(math.comb(count, k) for k in range(cut + 1)) / 2**count

    cut = max((k for k in range((count + 1) // 2) if coverage(k) >= level), default=0)
    return Interval(ordered[cut], ordered[-1 - cut], coverage(cut))


def least_ratio(ours, theirs):
    """The ratio of the minima over all rounds, which is that of a quiet machine if one round was
    quiet. None: one of the two has no figure."""
    least = [min(one.valid(), default=None) for one in (ours, theirs)]
    return least[0] / least[1] if None not in least and least[1] > 0 else None


def quantile_by_maxima(maxima, quantile, count):
    """A quantile of single values, if only the maximum of each `count` values is known: the
    probability that all are below x is the count-th power of that of one."""
    ordered = sorted(maxima)
    return ordered[min(int(quantile**count * len(ordered)), len(ordered) - 1)]


def first_of_ours(series):
    """pconc's figure: that of its first case in the row that worked."""
    ours = [one for one in series if one.ours]
    return next((one for one in ours if one.valid()), ours[0])


def best_peer(series):
    peers = [one for one in series if not one.ours and one.counts and one.valid()]
    return min(peers, key=Series.median, default=None)


def number(value):
    """Three significant digits."""
    if value is None:
        return "-"
    if value == 0 or abs(value) >= 100:
        return f"{value:.0f}"
    return f"{value:.3g}" if abs(value) < 1 else f"{value:.{2 - len(str(int(abs(value)))) + 1}f}"


def judge(goal, series, unit):
    ours = first_of_ours(series)
    if goal.limit is not None:
        verdict = Verdict(f"<= {number(goal.limit)} {unit}")
        if ours.valid():
            verdict.seen = f"{number(ours.median())} {unit}"
            verdict.met = ours.median() <= goal.limit
        return verdict
    peer = best_peer(series) if goal.of is None else next(
        (one for one in series if one.name == goal.of), None)
    verdict = Verdict(f"<= {goal.ratio:g}x {goal.of or 'the best peer'}")
    ratio = paired_ratio(ours, peer) if peer else None
    if ratio is not None:
        verdict.seen = f"{number(ratio)}x"
        verdict.met = ratio <= goal.ratio
    return verdict


def all_met(verdicts):
    """yes, no, or '-' if no goal could be judged."""
    judged = [verdict.met for verdict in verdicts if verdict.met is not None]
    if not judged:
        return "-"
    return "yes" if all(judged) else "no"


def align(lines, left):
    """Lines of cells as text; the first `left` columns to the left, the others to the right."""
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    return "\n".join("  ".join(cell.ljust(width) if i in left else cell.rjust(width)
                               for i, (cell, width) in enumerate(zip(line, widths))).rstrip()
                     for line in lines)
