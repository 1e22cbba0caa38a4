"""A run of some steps of an earlier one: which of them run again, and which stand in with the outputs that they made.

Plain values in, plain values out. A step that runs again gets what it reads from the steps that run again with it, and from
earlier runs what the others have made: these are *reused*. What neither runs again nor is read is reused too, where it still
holds; one below a step that runs again does not, and is left out of the plan. A step that only *rebuilds* the value that
another one reads changes nothing below it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING

from dagjob.definitions.selection import select_steps
from dagjob.errors import DagjobInvalidSubsetError, DagjobInvariantViolationError
from dagjob.plan.copies import as_reused, copy_for
from dagjob.plan.steps import TEMPLATE_SUFFIX, Plan, Port, Step
from dagjob.record import Record, replace

if TYPE_CHECKING:
    from dagjob.events import OpStatus

_ENDED_WELL = frozenset({"success", "skipped"})


class PastStep(Record):
    """How a step ended the last time that it ran, in the run `run_id`, and what it made."""

    status: OpStatus
    run_id: str
    made: tuple[Port, ...] = ()
    upstream: tuple[str, ...] = ()
    """What it depended on in that run."""


class Past(Record):
    """What is known of a run and of those before it. `own` are the steps that were to run in the run itself.

    `plans` has the steps that each run knew of, where that is known.
    """

    run_id: str
    steps: Mapping[str, PastStep]
    own: frozenset[str]
    plans: Mapping[str, frozenset[str]] = {}


class Again(Record):
    """What is to run again of `past`: the steps that the clauses name, or (None) what failed or did not run.

    `outdated` are steps whose outputs hold no more, each with the reason: without clauses these run again too, and all
    that is below. `lost` are those whose outputs would hold, but cannot be had: who reads one has it made again.
    """

    past: Past
    clauses: tuple[str, ...] | None = None
    outdated: Mapping[str, str] = {}
    lost: Mapping[str, str] = {}


class Continued(Record):
    """The plan of the new run; what it reuses, and from which run; the copies of mapped steps that it leaves out.

    `why` has the reason why a step runs, where it is another one than that something above it does. `gone` are ops that the
    earlier run had and the job has no more.
    """

    plan: Plan
    reused: Mapping[str, tuple[Port, ...]]
    made_by: Mapping[str, str]
    left_out: frozenset[str]
    why: Mapping[str, str] = {}
    gone: tuple[str, ...] = ()
    skipped: frozenset[str] = frozenset()
    """Steps of the plan that were skipped by design, and will be again."""

    @property
    def remarkable(self) -> Mapping[str, list[str]]:
        """The steps that run again for another reason than how they ended, by reason."""
        found: dict[str, list[str]] = {}
        for key, reason in self.why.items():
            if reason not in _ENDED_BADLY.values():
                found.setdefault(reason, []).append(key)
        return found


def continue_plan(plan: Plan, again: Again) -> Continued:
    """The plan that runs some of these steps. Raises `DagjobExecutionStepNotFoundError` for a step that there is not, and
    `DagjobInvariantViolationError` for one whose inputs were never made."""
    graph = _Graph(plan, again.past)
    if again.clauses is None:
        outdated = graph.with_copies_of({**graph.rewired(), **again.outdated})
        chosen = graph.unfinished(outdated)
    else:
        outdated, chosen = {}, set(select_steps(graph.above, again.clauses))
    chosen = graph.with_templates_of(chosen)
    rebuilt = graph.to_rebuild(chosen, again.lost)
    runs = [key for key in graph.steps if key in chosen or key in rebuilt]
    why = {key: graph.why(key, outdated, again.lost if key in rebuilt else {}) for key in runs}
    told = {key: reason for key, reason in why.items() if reason is not None}
    return _Continuation(graph, chosen, rebuilt, told).result()


class _Graph:
    """All steps of the plan and, where the mapping keys are known from the past, the copies of mapped ones.

    `above` and `below` are the steps beside a step; `template_of` is the template of each copy.
    """

    def __init__(self, plan: Plan, past: Past) -> None:
        self.plan = plan
        self.past = past.steps
        self.known = frozenset(map(_template_key, past.steps))
        self.own = frozenset(map(_template_key, past.own))
        self.plans = {run_id: _without_keys(keys) for run_id, keys in past.plans.items()}
        self.steps: dict[str, Step] = {}
        self.copies: dict[str, list[str]] = {}
        self.template_of: dict[str, str] = {}
        for step in plan.steps:
            self.steps[step.key] = step
            if step.maps is not None:
                self._add_copies(step, step.maps)
        self.above = {
            key: _read_or_awaited(step) if key in self.copies else self._resolved(_read_or_awaited(step))
            for key, step in self.steps.items()
        }
        self.below: dict[str, list[str]] = {}
        for key, above in self.above.items():
            for each in above:
                self.below.setdefault(each, []).append(key)

    def _add_copies(self, template: Step, source: Port) -> None:
        made = self.past[source.step].made if source.step in self.past else ()
        keys = [port.mapping_key for port in made if port.output == source.output and port.mapping_key is not None]
        copies = [copy_for(template, source, key) for key in keys]
        self.copies[template.key] = [copy.key for copy in copies]
        for copy in copies:
            self.steps[copy.key] = copy
            self.template_of[copy.key] = template.key

    def _resolved(self, upstream: Iterable[str]) -> list[str]:
        """With the copies of each template."""
        return [each for key in upstream for each in (key, *self.copies.get(key, ()))]

    def source(self, template: str) -> str:
        """The dynamic op of a template."""
        maps = self.steps[template].maps
        assert maps is not None
        return maps.step

    def ended_well(self, key: str) -> bool:
        """Did the step succeed, or was it skipped by design?"""
        return key in self.past and self.past[key].status in _ENDED_WELL

    def unfinished(self, outdated: Collection[str]) -> set[str]:
        """The steps of the run that did not end well, those that no run knew, and those of its steps that are below one;
        what is outdated, and all that is below it and was done."""
        own = {key for key in self.steps if not self.own or _template_key(key) in self.own or self._is_new(key)}
        known = [key for key in own if not self.copies.get(key)]  # a template whose copies are known says nothing more
        bad = {key for key in known if not self.ended_well(key) and not self._is_empty(key)}
        old = {key for key in outdated if key in self.steps}
        below = {key for key in self.all_below(old) if key in own or self.ended_well(key)}
        return bad | (self.all_below(bad) & own) | old | below

    def _is_new(self, key: str) -> bool:
        return _template_key(key) not in self.known

    def rewired(self) -> Mapping[str, str]:
        """The steps that ended well and depended on others than they do now, each with that reason."""
        found = {}
        for key, past in self.past.items():
            if key not in self.steps or key in self.copies or not self.ended_well(key) or past.run_id not in self.plans:
                continue
            before, now = _without_keys(past.upstream), _without_keys(self.steps[key].upstream)
            # What was not in that run's plan was left out of it, and is waited for again.
            if before - now or (now - before) & self.plans[past.run_id]:
                found[key] = "inputs from elsewhere now"
        return found

    def with_copies_of(self, outdated: Mapping[str, str]) -> dict[str, str]:
        """The same for the copies of each template."""
        copies = {copy: why for key, why in outdated.items() for copy in self.copies.get(key, ())}
        return {**copies, **outdated}

    def to_rebuild(self, chosen: Collection[str], lost: Mapping[str, str]) -> set[str]:
        """The steps whose values are lost and are read by one of `chosen`, or by one of these."""
        found: set[str] = set()
        waiting = list(chosen) if lost else []
        while waiting:
            wires = self.steps[waiting.pop()].wires
            read = {port.step for wire in wires if wire.reads for port in wire.ports}
            for key in self._resolved(sorted(read)):
                if key in lost and key not in chosen and key not in found:
                    found.add(key)
                    waiting.append(key)
        return found

    def why(self, key: str, outdated: Mapping[str, str], lost: Mapping[str, str]) -> str | None:
        """Why a step runs again, if not for one above it."""
        if key in outdated or key in lost:
            return outdated.get(key) or lost[key]
        if self._is_new(key):
            return "new in this job"
        past = self.past.get(key)
        return None if past is None or past.status in _ENDED_WELL else _ENDED_BADLY.get(past.status)

    def gone(self) -> tuple[str, ...]:
        """The ops that were there, and are no more."""
        names = _without_keys(self.steps)
        return tuple(dict.fromkeys(name for key in self.past if (name := _without_key(key)) not in names))

    def _is_empty(self, key: str) -> bool:
        """A template without copies, as its dynamic op has made nothing: there is nothing to do."""
        return key in self.copies and self.ended_well(self.source(key))

    def all_below(self, keys: Iterable[str]) -> set[str]:
        """All that depends on one of these."""
        found: set[str] = set()
        waiting = list(keys)
        while waiting:
            for key in self.below.get(waiting.pop(), ()):
                if key not in found:
                    found.add(key)
                    waiting.append(key)
        return found

    def with_templates_of(self, chosen: set[str]) -> set[str]:
        """Where the dynamic op runs again its copies are not known yet: the template stands for them, else they for it."""
        found = set(chosen)
        for template, copies in self.copies.items():
            if self.source(template) in chosen:
                if template in found or not found.isdisjoint(copies):
                    found.add(template)
                found.difference_update(copies)
            elif template in found:
                found.discard(template)
                found.update(copies)
        return found


def _without_key(key: str) -> str:
    return key.partition("[")[0]


def _template_key(key: str) -> str:
    """Of a copy the key of its template, of others their own."""
    return f"{_without_key(key)}{TEMPLATE_SUFFIX}" if "[" in key else key


def _without_keys(keys: Iterable[str]) -> frozenset[str]:
    """The ops of steps: whether a copy of a mapped one is named by its key or by its template says nothing."""
    return frozenset(map(_without_key, keys))


def _read_or_awaited(step: Step) -> list[str]:
    """What a step depends on, as its graph shows it: one that collects copies does not depend on where their keys are from."""
    keys = {wire.collects.step for wire in step.wires if wire.collects is not None and wire.collects not in wire.ports}
    read = {port.step for wire in step.wires for port in wire.ports}
    return sorted(read | (step.after - keys))


class _Continuation:
    """The plan in which `chosen` run again, and what is `rebuilt` for them, for the reasons `why`."""

    def __init__(self, graph: _Graph, chosen: set[str], rebuilt: set[str], why: Mapping[str, str]) -> None:
        self._graph = graph
        self._chosen = graph.with_templates_of(chosen | rebuilt)
        self._stale = chosen | rebuilt | graph.all_below(chosen | (self._chosen - rebuilt))
        self._reused: set[str] = set()
        self._skipped: set[str] = set()
        self._why = why

    def result(self) -> Continued:
        graph = self._graph
        for key in sorted(self._chosen):
            self._reused.update(self._read_by(key))
        for key in graph.steps:
            if key not in self._chosen and key not in self._stale and graph.ended_well(key) and key not in graph.copies:
                self._reused.add(key)
        self._skipped = self._skipped_again()
        self._reused -= self._skipped
        # A copy, whether it runs again or not, comes from its template, which needs the mapping keys.
        copies = [key for key in self._reused | self._chosen if key in graph.template_of]
        self._reused |= {graph.source(graph.template_of[key]) for key in copies} - self._chosen
        steps = [new for step in graph.plan.steps if (new := self._changed(step)) is not None]
        kept = {key: graph.past[key] for key in self._reused}
        return Continued(
            Plan(tuple(steps)),
            {key: past.made for key, past in kept.items()},
            {key: past.run_id for key, past in kept.items()},
            frozenset(key for key in graph.template_of if self._is_left_out(key)),
            self._why,
            graph.gone(),
            frozenset(self._skipped),
        )

    def _skipped_again(self) -> set[str]:
        """What was skipped by design, and lacks an input among what is there again: the schedule skips it anew."""
        past, found = self._graph.past, set[str]()
        skipped = [key for key in self._reused if past[key].status == "skipped"]
        while True:
            there = self._reused | found
            starve = {
                key
                for key in skipped
                if self._graph.steps[key].upstream <= there
                for wire in self._graph.steps[key].wires
                if not wire.many
                for port in wire.ports
                if port.step in there and port not in past[port.step].made
            }
            if starve == found:
                return found
            found = starve

    def _is_unknown(self, key: str) -> bool:
        """A template, or a copy that there may not be again, as the dynamic op runs again."""
        graph = self._graph
        return key in graph.copies or (
            key in graph.template_of and graph.source(graph.template_of[key]) in self._chosen
        )

    def _is_left_out(self, copy: str) -> bool:
        """A copy that is there in the past and not in the new run, although the same mapping keys are."""
        return not self._is_unknown(copy) and copy not in self._reused | self._skipped and copy not in self._chosen

    def _read_by(self, key: str) -> list[str]:
        """The steps that do not run again and are read by one that does."""
        graph, step = self._graph, self._graph.steps[key]
        read = {port.step for wire in step.wires if wire.reads for port in wire.ports}
        missing = [each for each in graph.above[key] if each not in self._chosen and not self._is_unknown(each)]
        for template in [each for each in read if each in graph.copies and graph.source(each) in self._chosen]:
            if template not in self._chosen:
                raise DagjobInvalidSubsetError(
                    f'"{key}" cannot run again without "{template}": "{graph.source(template)}", which makes the values '
                    f"that it is mapped over, runs again"
                )
        never = [each for each in missing if not graph.ended_well(each)]
        unmade = [each for each in never if each in read or graph.template_of.get(each) in read]
        if unmade:
            status = graph.past[unmade[0]].status if unmade[0] in graph.past else "not_run"
            raise DagjobInvariantViolationError(
                f'"{key}" cannot run again without "{unmade[0]}", which has made nothing to read: it was {_ENDED_BADLY[status]}'
            )
        return [each for each in missing if each not in never]

    def _changed(self, step: Step) -> Step | None:
        """The step as the new run has it; None: not at all."""
        graph = self._graph
        if step.key in self._reused:
            return as_reused(step)
        if step.key in self._skipped:
            return step
        if step.maps is not None and step.key not in self._chosen:
            there = self._reused | self._skipped | self._chosen
            alive = not there.isdisjoint(graph.copies[step.key])
            collected = any(below in self._chosen for below in graph.below.get(step.key, ()))
            return step if alive or (collected and step.maps.step in self._reused) else None
        if step.key not in self._chosen and step.maps is None:
            return None
        return self._without_what_is_left_out(step)

    def _without_what_is_left_out(self, step: Step) -> Step:
        """A step that only waited for another one waits no more where that one is not there."""
        gone = {
            key
            for key in step.upstream
            if key not in self._chosen and key not in self._reused and key not in self._graph.copies
        }
        if not gone:
            return step
        wires = tuple(
            replace(wire, ports=tuple(port for port in wire.ports if port.step not in gone)) if not wire.reads else wire
            for wire in step.wires
        )
        return replace(step, wires=wires, after=step.after - gone)


_ENDED_BADLY: Mapping[str, str] = {
    "failed": "failed",
    "timeout": "stopped when its time was up",
    "canceled": "canceled",
    "not_run": "not run",
    "running": "running",
    "retrying": "failing",
    "waiting": "not run",
}
