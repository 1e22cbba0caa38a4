"""How ops fold into groups when they are more than the rows: mapped copies, then nested graphs, then name prefixes.

The counts of a group, and how urgent it is to be seen, are kept up to date op by op. What a group looks like is decided
elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dagjob.run_view import OpView

FEWEST_OF_A_PREFIX = 3
MOST_FRESH = 3
RANKS = ("active", "waiting", "given_up", "done")
"""How urgent a group is: the first is shown first."""

_RANK_OF = {
    **dict.fromkeys(("running", "retrying", "failed", "timeout"), "active"),
    "waiting": "waiting",
    **dict.fromkeys(("skipped", "not_run", "canceled"), "given_up"),
    **dict.fromkeys(("success", "reused"), "done"),
}


class Group:
    """Ops that share one row: how many there are in each status. A group of one is that op itself."""

    __slots__ = ("counts", "index", "name", "rank", "ranks", "single", "total")

    def __init__(self, name: str, index: int) -> None:
        self.name = name
        self.index = index
        self.counts: dict[str, int] = {}
        self.total = 0
        self.single: OpView | None = None
        self.rank = "waiting"
        self.ranks = dict.fromkeys(RANKS, 0)
        """How many members make the group as urgent as that."""

    def count(self, *statuses: str) -> int:
        """How many members have one of these statuses."""
        return sum(self.counts.get(status, 0) for status in statuses)

    def ranked(self) -> str:
        """How urgent the group is now."""
        for rank, members in self.ranks.items():
            if members:
                return rank
        return "done"


class Groups:
    """All groups of a run, by urgency. A group may appear late: the copies of a template do."""

    def __init__(self) -> None:
        self._of: dict[str, Group] = {}
        self._named: dict[str, Group] = {}
        self.ranks: dict[str, dict[str, Group]] = {rank: {} for rank in RANKS}

    def plan(self, ops: Sequence[OpView]) -> None:
        """Take in the plan; only now it is known which prefixes are common."""
        plain = [op.key for op in ops if "." not in op.key and "[" not in op.key]
        prefixes: dict[str, int] = {}
        for key in plain:
            prefix = _prefix(key)
            prefixes[prefix] = prefixes.get(prefix, 0) + 1
        for op in ops:
            self.add(op, {prefix for prefix, found in prefixes.items() if prefix and found >= FEWEST_OF_A_PREFIX})

    def add(self, op: OpView, prefixes: set[str] | frozenset[str] = frozenset()) -> None:
        """One more op."""
        self._put(op, self._group(_name(op, prefixes)))

    def mapped(self, template: OpView, copies: Sequence[OpView]) -> None:
        """The copies of a template take its place."""
        old = self._of.pop(template.key, None)
        if old is not None:
            self._take(old, template.status)
        for op in copies:
            self._put(op, self._group(_name(op)))
        if old is not None and not old.total:
            self._forget(old)

    def moved(self, op: OpView, before: str) -> None:
        """An op has another status than `before`."""
        group = self._of.get(op.key)
        if group is not None:
            self._take(group, before)
            self._give(group, op.status)

    def name_of(self, key: str) -> str:
        """The name of the group that an op belongs to."""
        group = self._of.get(key)
        return group.name if group is not None else key

    def open_copies(self, name: str) -> bool:
        """Whether the group of that name (`parse[*]`) has members that have not ended."""
        group = self._named.get(name)
        return bool(group and group.count("waiting", "running", "retrying"))

    def by_urgency(self, lately: float = float("inf")) -> Iterator[Group]:
        """All groups, the most urgent first; of what is done, the latest first.

        An op by itself that has ended since `lately` comes before what waits; of those a few.
        """
        yield from self.ranks["active"].values()
        fresh: list[Group] = []
        for group in reversed(self.ranks["done"].values()):
            if len(fresh) == MOST_FRESH or group.single is None or (group.single.ended or 0.0) < lately:
                break
            fresh.append(group)
        yield from fresh
        yield from self.ranks["waiting"].values()
        yield from self.ranks["given_up"].values()
        done = reversed(self.ranks["done"].values())
        yield from islice(done, len(fresh), None)

    def __len__(self) -> int:
        return len(self._named)

    # -- keeping count ---------------------------------------------------------------------------------------------

    def _group(self, name: str) -> Group:
        group = self._named.get(name)
        if group is None:
            group = self._named[name] = Group(name, len(self._named))
            self.ranks[group.rank][name] = group
        return group

    def _put(self, op: OpView, group: Group) -> None:
        self._of[op.key] = group
        group.single = op if not group.total else None
        self._give(group, op.status)

    def _give(self, group: Group, status: str) -> None:
        group.counts[status] = group.counts.get(status, 0) + 1
        group.ranks[_RANK_OF[status]] += 1
        group.total += 1
        rank = group.ranked()
        if rank != group.rank:
            del self.ranks[group.rank][group.name]
            self.ranks[rank][group.name] = group
            group.rank = rank

    def _take(self, group: Group, status: str) -> None:
        group.counts[status] -= 1
        group.ranks[_RANK_OF[status]] -= 1
        group.total -= 1

    def _forget(self, group: Group) -> None:
        del self._named[group.name]
        del self.ranks[group.rank][group.name]


def _name(op: OpView, prefixes: set[str] | frozenset[str] = frozenset()) -> str:
    """The group of an op: mapped copies, else the outermost graph, else a common prefix, else the op alone."""
    head, bracket, _ = op.key.partition("[")
    if bracket:
        return f"{head}[*]"
    graph, dot, _ = op.key.partition(".")
    if dot:
        return f"{graph}.*"
    prefix = _prefix(op.key)
    return f"{prefix}*" if prefix in prefixes else op.key


def _prefix(key: str) -> str:
    """`load_` of `load_orders`; nothing where there is none."""
    head, bar, _ = key.partition("_")
    return head + bar if bar and head else ""
