"""Event streams written by hand, for the tests of the store."""

from __future__ import annotations

from dagjob import AssetMaterialization
from dagjob import events as ev

START = 1_790_000_000.25


def error(text: str = "boom") -> ev.ErrorInfo:
    frame = ev.Frame("job.py", 3, "load", "raise ValueError", 4, 20, 3)
    return ev.ErrorInfo("ValueError", "builtins", text, (frame,), notes=("a note",), text=f"ValueError: {text}")


def started(run_id: str, job: str = "daily", at: float = START, **more: object) -> ev.RunStarted:
    given = {"target": f"jobs:{job}", "executor": "multiprocess", "slots": 2, "pid": 4242, **more}
    return ev.RunStarted(at, run_id, job, **given)


def planned(*keys: str, at: float = START) -> ev.PlanMade:
    """A chain of steps; a key that ends with `[?]` is a template."""
    ops = []
    for key in keys:
        upstream = (ops[-1].key,) if ops else ()
        ops.append(ev.PlannedOp(key, key.partition("[")[0], upstream, key.endswith("[?]")))
    return ev.PlanMade(at, tuple(ops))


def step(key: str, attempt: int = 1, seconds: float = 0.5, at: float = START, log: str | None = None) -> list[ev.Event]:
    """An attempt that ends well, with one stored output."""
    return [
        ev.StepStarted(at, key, attempt, 4243, log),
        ev.OutputChecked(at, key, attempt, "result", "Int", metadata={"rows": 3}),
        ev.OutputStored(
            at, key, attempt, "result", "io_manager", metadata={"format": "pickle"}, path=f"/o/{key}", bytes=9
        ),
        ev.StepSucceeded(at + seconds, key, attempt, seconds, 0.25, 1 << 20),
    ]


def ended(status: str = "success", seconds: float = 2.0, **counts: int) -> ev.RunEnded:
    return ev.RunEnded(START + seconds, status, seconds, counts)


def good_run(
    run_id: str, job: str = "daily", at: float = START, seconds: float = 0.5, **more: object
) -> list[ev.Event]:
    """A run of one step."""
    return [
        started(run_id, job, at, **more),
        planned("load"),
        *step("load", seconds=seconds),
        ev.RunEnded(at + 2, "success", 2.0, {"success": 1}),
    ]


def eventful_run(run_id: str) -> list[ev.Event]:
    """Everything that an event can say: retries, mapped copies, skips, hooks, resources, logs, a failure."""
    return [
        started(
            run_id,
            tags={"team": "data"},
            config={"ops": {}},
            partition="2026-11-22",
            parent_run_id="p",
            root_run_id="r",
        ),
        planned("load", "parse[?]", "join", "rare", "tail"),
        ev.ResourcesOpening(START, ("db",)),
        ev.ResourcesOpened(START, {"db": 0.1}),
        ev.EngineNoted(START, "executor started"),
        ev.StepStarted(START, "load", 1, 11, "/logs/load.1.out"),
        ev.OutputChecked(START, "load", 1, "stale", "Any"),
        ev.OutputStored(START, "load", 1, "stale", "io_manager"),
        ev.StepRetrying(START + 1, "load", 1, error("first"), 1.0, 2.5, 3),
        ev.StepStarted(START + 4, "load", 2, 12, "/logs/load.2.out"),
        ev.InputChecked(START + 4, "load", 2, "n", "Int"),
        ev.LogWritten(START + 4, "load", 2, "info", "half way", offset=10),
        ev.Progressed(START + 4, "load", 2, 1.0, 2.0, "rows"),
        ev.OutputChecked(START + 5, "load", 2, "result", "Int", mapping_key="a"),
        ev.OutputStored(START + 5, "load", 2, "result", "io_manager", mapping_key="a", path="/o/a", bytes=5),
        ev.AssetReported(START + 5, "load", 2, AssetMaterialization(["lake", "orders"], "orders", {"rows": 1})),
        ev.StepSucceeded(START + 6, "load", 2, 2.0, 1.5, 2048),
        ev.HookRan(START + 6, "load", 2, "notify", "completed"),
        ev.StepsMapped(START + 6, "parse[?]", ("parse[a]", "parse[b]")),
        *step("parse[a]"),
        ev.StepStarted(START + 6, "parse[b]", 1, 13),
        ev.InputLoaded(START + 6, "parse[b]", 1, "x", "io_manager", "load", "result", "b"),
        ev.ResourceFailed(START + 6, "db", error("no db"), "parse[b]"),
        ev.StepFailed(START + 7, "parse[b]", 1, error("last"), 1.0, failure=ev.FailureData("bad row", {"row": 7})),
        ev.StepNotRun(START + 7, "join", ("parse[b]",)),
        ev.StepSkipped(START + 7, "rare", ("load.maybe",)),
        ev.StepNotRun(START + 7, "tail", (), status="canceled"),
        ev.RunEnded(START + 7, "failed", 7.0, {"failed": 1}, "STEP_FAILURE", error("last"), ("parse[b]",)),
    ]
