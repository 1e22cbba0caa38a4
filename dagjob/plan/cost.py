"""What the run of a plan is expected to cost: how long it takes, what makes it so long, how many workers would help.

Pure, as `forecast.py`, which plays the steps. A mapped op has as many copies as it usually has.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from dagjob.plan.forecast import NO_SHARING, Sharing, Usual, critical_path, play
from dagjob.plan.steps import TEMPLATE_SUFFIX
from dagjob.record import Record

if TYPE_CHECKING:
    from dagjob.plan.steps import Plan, Step

SAME = 1.02
"""What is longer by less than this is not worth another worker."""


class Cost(Record):
    """What a run costs. `seconds` is None where too little is known; then `unknown` names the steps that are not.

    `steps` has the seconds of each step that runs and is known: of a mapped one, those of a copy. More than `useful` workers
    would change nothing; these would take `least` seconds. It was learnt from `runs` runs.
    """

    steps: Mapping[str, float]
    workers: int = 1
    unknown: tuple[str, ...] = ()
    seconds: float | None = None
    path: tuple[str, ...] = ()
    useful: int = 1
    least: float | None = None
    runs: int = 0


def cost_of(
    plan: Plan,
    usual: Usual,
    workers: int,
    many: Mapping[str, int | None] | None = None,
    slots: Mapping[str, int] | None = None,
    at_once: int = 1,
) -> Cost:
    """What the plan costs, or so many runs of it at once that share the workers and the `slots` of pools.

    `many` are the steps that run, of a mapped one with the number of copies (None: as many as usual); the others take no time.
    """
    running = [step for step in plan.steps if many is None or step.key in many]
    known = {step.key: seconds for step in running if (seconds := usual.of(step.key)) is not None}
    expected = {step.key: seconds for step in running if (seconds := usual.expected(step.key)) is not None}
    unknown = tuple(step.key for step in running if step.key not in expected)
    if unknown or not running:
        return Cost(known, workers, unknown)
    counted = {key: copies for key, copies in (many or {}).items() if copies is not None}
    steps = _Steps(running, expected, {**usual.copies, **counted}, slots or {}, at_once)
    useful = steps.fewest()
    least, path = steps.played(len(steps.needs)), critical_path(steps.needs, steps.seconds)[1]
    return Cost(known, workers, (), steps.played(workers), _named(path), useful, least, usual.runs)


class _Steps:
    """The steps with their copies, in plan order; of several runs, those of one behind those of another."""

    def __init__(
        self,
        steps: Sequence[Step],
        seconds: Mapping[str, float],
        copies: Mapping[str, int],
        slots: Mapping[str, int],
        at_once: int,
    ) -> None:
        self.needs: dict[str, list[str]] = {}
        self.seconds: dict[str, float] = {}
        priority: dict[str, int] = {}
        pool: dict[str, str] = {}
        many = {step.key: max(1, copies.get(step.key, 1)) for step in steps if step.maps is not None}
        for run in range(at_once):
            for step in steps:
                for number in range(many.get(step.key, 1)):
                    key = _key(step.key, number, run)
                    self.needs[key] = [
                        each for above in sorted(step.upstream) for each in _above(step, number, above, many, run)
                    ]
                    self.seconds[key] = seconds[step.key]
                    if step.priority:
                        priority[key] = step.priority
                    if step.pool is not None and step.pool in slots:
                        pool[key] = step.pool
        self._sharing = Sharing(priority, pool, slots) if priority or pool else NO_SHARING

    def played(self, workers: int) -> float:
        """The seconds that so many workers need."""
        return play(self.needs, self.seconds, workers, sharing=self._sharing)

    def fewest(self) -> int:
        """The least number of workers that need about as long as any number of them."""
        low, high = 1, max(1, len(self.needs))
        enough = self.played(high) * SAME
        while low < high:
            middle = (low + high) // 2
            if self.played(middle) <= enough:
                high = middle
            else:
                low = middle + 1
        return low


def _key(step: str, number: int, run: int) -> str:
    """A step, or a copy of it, in one of several runs. Names have no colons."""
    copy = f"{step.removesuffix(TEMPLATE_SUFFIX)}[{number}]" if step.endswith(TEMPLATE_SUFFIX) else step
    return f"{run}:{copy}"


def _above(step: Step, number: int, above: str, many: Mapping[str, int], run: int) -> list[str]:
    """What a copy needs of a step: of a mapped one the copy with the same number, or all of them where they are gathered."""
    if above in many and many[above] != many.get(step.key):
        return [_key(above, each, run) for each in range(many[above])]
    return [_key(above, number, run)]


def _named(path: Sequence[str]) -> tuple[str, ...]:
    """The steps of a path as they are called: copies by the name of all."""
    names = [key.partition(":")[2] for key in path]
    return tuple(dict.fromkeys(f"{name.partition('[')[0]}[*]" if "[" in name else name for name in names))
