"""A run that goes on from an earlier one: what of that still holds, and what has to run again.

Which steps follow from what is decided in `plan/again.py`. Here is found what that cannot see: config that has changed since,
outputs that an op makes now and did not make then, stored values that are gone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from dagjob.config.mapping import ConfigMapping
from dagjob.config.secrets import MASK
from dagjob.definitions.iomanagers import IOManagerDefinition, default_io_manager
from dagjob.definitions.walk import Path, is_among, op_at
from dagjob.errors import DagjobError
from dagjob.launch.partition import key_in, range_in
from dagjob.plan.again import Again, Continued, continue_plan
from dagjob.plan.build import build_plan
from dagjob.plan.resolve import resolve
from dagjob.plan.steps import Port, node_path
from dagjob.record import Record, replace

if TYPE_CHECKING:
    from dagjob.definitions.jobs import JobDefinition
    from dagjob.launch.request import RunRequest
    from dagjob.plan.resolve import ResolvedConfig
    from dagjob.plan.steps import Plan, Step
    from dagjob.run_view import OutputView
    from dagjob.storage.past import Earlier
    from dagjob.storage.paths import StateDir

MOST_TRIED = 64 << 20
"""Bytes of stored values that are read before a run, to see whether they can be: the ops read them again."""

Ask = Callable[[Callable[[], Mapping[str, str]]], Mapping[str, str]]


def _ask(question: Callable[[], Mapping[str, str]]) -> Mapping[str, str]:
    return question()


class GoOn(Record):
    """What is gone on from: an earlier run, in `state`. `clauses` name the steps that run again; None: what is left of it.

    `ops` are the ops that run again, by the path of each or of a graph around it, instead of clauses. `aside` asks something
    that loads what the rest of the run has no use for.
    """

    earlier: Earlier
    state: StateDir
    clauses: tuple[str, ...] | None = None
    ops: frozenset[Path] | None = None
    aside: Ask = _ask

    @property
    def is_all_that_is_left(self) -> bool:
        """Whether nobody has said which steps run again, and the earlier run was complete."""
        return self.clauses is None and self.ops is None and self.earlier.row.status == "success"


def continue_run(request: RunRequest, job: JobDefinition, resolved: ResolvedConfig, plan: Plan) -> Continued:
    """The plan of the run. Raises what `continue_plan` raises."""
    again = request.again
    assert again is not None
    clauses = again.clauses
    if again.ops is not None:
        clauses = tuple(step.key for step in plan.steps if is_among(step.node, again.ops))
    if clauses is not None:
        return continue_plan(plan, Again(again.earlier.past, clauses))
    values = _StoredValues(job, again)
    outdated = {
        **values.not_made_then(),
        **changed_config(request, job, resolved, plan),
        **_of_another_partition(request, job, again.earlier),
    }
    lost = values.in_memory()
    # The values of a run that is complete may be gone by intent: they are made again where one is needed.
    damaged = lost if again.earlier.row.status == "success" else outdated
    damaged.update(values.damaged())
    while True:
        continued = continue_plan(plan, Again(again.earlier.past, None, outdated, lost))
        unreadable = values.unreadable(continued)
        if unreadable.keys() <= damaged.keys():
            return continued
        damaged.update(unreadable)


def notes_of(continued: Continued) -> Iterator[str]:
    """What is worth knowing about how a run goes on."""
    for reason, keys in continued.remarkable.items():
        some = ", ".join(keys[:3]) + (f" and {len(keys) - 3:,} more" if len(keys) > 3 else "")
        yield f"to run, {reason}: {some}"
    if continued.gone:
        yield f"in the earlier run, and not in the job any more: {', '.join(continued.gone)}"


# -- config --------------------------------------------------------------------------------------------------------


def changed_config(request: RunRequest, job: JobDefinition, resolved: ResolvedConfig, plan: Plan) -> dict[str, str]:
    """The steps whose own config is another one than in the earlier run, each with what has changed.

    What a run config did not say counts with its default of today. A secret is not kept, so it never counts as changed.
    """
    assert request.again is not None
    new = resolved.given
    old = _with_secrets_of(new, request.again.earlier.row.config)
    if old == new:
        return {}
    given = {"partition_key": request.partition_key, "input_values": tuple(request.input_values)}
    earlier: dict[str, tuple[object, ...]] | None = None
    with suppress(DagjobError):  # it may fit the job no more
        before = resolve(job, old, ignore_execution=True, **given)  # type: ignore[arg-type]
        earlier = {step.key: _told(step) for step in build_plan(job, before, request.input_values).steps}
    found = {}
    for step in plan.steps:
        if earlier is not None and earlier.get(step.key) == _told(step):
            continue
        said = (old, new) if isinstance(job.config, ConfigMapping) else (_said(old, step.node), _said(new, step.node))
        if said[0] == said[1] and (earlier is None or resolved.drawn):
            continue  # what a default factory draws is another value each time
        names = ", ".join(list(dict.fromkeys(_different(*said)))[:3])
        found[step.key] = f"config changed: {names}" if names else "config changed"
    return found


def _told(step: Step) -> tuple[object, ...]:
    """What a step has from the run config."""
    wires = [(wire.input, wire.value, wire.given, wire.manager_config) for wire in step.wires]
    return step.config, wires, step.output_config


def _said(document: Mapping[str, Any], path: Sequence[str]) -> list[dict[str, Any]]:
    """What a run config says about a node, and about the graphs around it; nothing is an empty dict."""
    section: Any = document
    found: list[dict[str, Any]] = [{"inputs": section.get("inputs")}]
    for name in path:
        ops = section.get("ops") if isinstance(section, Mapping) else None
        section = ops.get(name) if isinstance(ops, Mapping) else None
        said = section if isinstance(section, Mapping) else {}
        found.append({key: value for key, value in said.items() if key != "ops"})
    return found


def _different(old: object, new: object, name: str = "") -> Iterator[str]:
    """The names of the values that are not the same; the values may be secrets."""
    if old == new:
        return
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for one, other in zip(old, new, strict=True):
            yield from _different(one, other, name)
    elif isinstance(old, Mapping | None) and isinstance(new, Mapping | None) and (old or new):
        old, new = old or {}, new or {}
        for key in dict.fromkeys((*old, *new)):
            yield from _different(old.get(key), new.get(key), str(key))
    else:
        yield name


def _with_secrets_of(new: object, old: Any) -> Any:
    """The old config with the new values in the place of secrets."""
    if isinstance(old, Mapping):
        other = new if isinstance(new, Mapping) else {}
        return {key: _with_secrets_of(other.get(key), value) for key, value in old.items()}
    if isinstance(old, list):
        others = new if isinstance(new, list) and len(new) == len(old) else old
        return [_with_secrets_of(other, value) for other, value in zip(others, old, strict=True)]
    return new if isinstance(old, str) and MASK in old and new is not None else old


def _of_another_partition(request: RunRequest, job: JobDefinition, earlier: Earlier) -> dict[str, str]:
    """Every step, where the run is for another partition: each op may have asked for it."""
    tags = {**job.run_tags, **request.tags}
    before = key_in(earlier.row.tags, job), range_in(earlier.row.tags)
    if before == (key_in(tags, job), range_in(tags)):
        return {}
    reason = (
        f"not for the partition {before[0] or '...'.join(before[1] or ())}" if any(before) else "not for a partition"
    )
    return dict.fromkeys(earlier.past.steps, reason)


# -- stored values -------------------------------------------------------------------------------------------------


class _StoredValues:
    """The outputs of the steps that succeeded, as far as the job still has their ops."""

    def __init__(self, job: JobDefinition, again: GoOn) -> None:
        self._job = job
        self._again = again
        self._outputs = {key: made for key, made in again.earlier.outputs.items() if self._outs(key) is not None}

    def _outs(self, key: str) -> Mapping[str, Any] | None:
        try:
            return op_at(self._job.graph, node_path(key)).outs
        except KeyError:
            return None

    def not_made_then(self) -> dict[str, str]:
        """The steps whose ops have an output by now that they did not make."""
        found = {}
        for key, past in self._again.earlier.past.steps.items():
            if past.status != "success":
                continue
            made = {port.output for port in past.made}
            outs = self._outs(key) or {}
            new = [name for name, out in outs.items() if out.is_required and not out.is_dynamic and name not in made]
            if new:
                found[key] = f'without the output "{new[0]}"'
        return found

    def in_memory(self) -> dict[str, str]:
        """The steps that have a value which was kept in memory only, or whose IO manager did not find it last time."""
        found = {}
        starved_by = self._read_by_starved()
        for key, output in self._stored():
            manager = self._manager(key, output)
            if manager is not None and (
                manager.keeps_in_memory or (output.path is None and manager is default_io_manager)
            ):
                found[key] = "value only in memory"
            elif output.path is None and key in starved_by:
                found[key] = "value could not be loaded"
        return found

    def damaged(self) -> dict[str, str]:
        """The steps that have a file which is not as it was."""
        from dagjob.builtin.fs_io import is_url, wrong_with_pickle

        found = {}
        for key, output in self._stored():
            if output.path is not None and output.bytes is not None and not is_url(output.path):
                wrong = wrong_with_pickle(self._path(key, output), output.bytes)
                if wrong is not None:
                    found[key] = f'the file of "{output.name}" {wrong}'
        return found

    def unreadable(self, continued: Continued) -> Mapping[str, str]:
        """The steps that have a file which is read by one that runs, and cannot be loaded; large ones are not tried."""
        files: dict[str, list[str]] = {}
        total = 0
        reused = continued.reused
        read = {port for step in continued.plan.steps if step.key not in reused for port in _read(step, reused)}
        for key in dict.fromkeys(port.step for port in sorted(read, key=lambda port: port.step)):
            for output in self._outputs.get(key, ()):
                if output.stored and output.path is not None and output.bytes is not None:
                    total += output.bytes
                    files.setdefault(key, []).append(self._path(key, output))
        if not files or total > MOST_TRIED:
            return {}
        return self._again.aside(lambda: _try_to_read(files))

    def _stored(self) -> Iterator[tuple[str, OutputView]]:
        return ((key, output) for key, made in self._outputs.items() for output in made if output.stored)

    def _manager(self, key: str, output: OutputView) -> IOManagerDefinition | None:
        out = (self._outs(key) or {}).get(output.name)
        manager = self._job.resource_defs.get(out.io_manager_key) if out is not None else None
        return manager if isinstance(manager, IOManagerDefinition) else None

    def _path(self, key: str, output: OutputView) -> str:
        """Where the file is: a state directory may have been moved."""
        run_id = self._again.earlier.past.steps[key].run_id
        _, inside, name = (output.path or "").rpartition(f"/runs/{run_id}/out/")
        return f"{self._again.state.out(run_id)}/{name}" if inside else output.path or ""

    def _read_by_starved(self) -> set[str]:
        steps = self._again.earlier.past.steps
        return {above for key in self._again.earlier.starved if key in steps for above in steps[key].upstream}


def _read(step: Step, reused: Mapping[str, Sequence[Port]]) -> Iterator[Port]:
    """The reused outputs that a step reads; of a template all that its copies may read."""
    for wire in step.wires:
        if not wire.reads:
            continue
        for port in wire.ports:
            head, template, _ = port.step.partition("[?]")
            if not template:
                yield from (port,) if port.step in reused else ()
            else:
                yield from (replace(port, step=key) for key in reused if key.startswith(f"{head}["))


def _try_to_read(files: Mapping[str, Sequence[str]]) -> Mapping[str, str]:
    from dagjob.builtin.fs_io import is_url, read_pickle
    from dagjob.engine.importing import stdout_is_stderr

    found = {}
    with stdout_is_stderr():
        for key, paths in files.items():
            for path in paths:
                try:
                    if not is_url(path):
                        read_pickle(path)
                except Exception as error:
                    found[key] = f"the file of its value cannot be read: {type(error).__name__}"
    return found
