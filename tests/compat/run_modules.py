"""Run the jobs of the modules in `modules/`, under Dagster or under the alias, and print what came of each as JSON.

    python run_modules.py            # under Dagster, where it is installed
    python run_modules.py --alias    # under dagjob

A module says with RUN_CONFIG, PARTITION and SELECTION how its jobs are run. `compare_modules.py` holds both results together.
"""

from __future__ import annotations

import contextlib
import importlib.util
import io
import json
import re
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

MODULES = Path(__file__).parent / "modules"


def outcomes(path: Path) -> dict[str, Any]:
    """What came of each job of a module, by the job's name."""
    spec = importlib.util.spec_from_file_location(f"alias_suite_{path.stem}", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return {job.name: outcome(job, module) for job in jobs_of(module)}


def jobs_of(module: Any) -> Iterator[Any]:
    """The jobs that loading the module gives."""
    import dagster

    values = list(vars(module).values())
    for value in values:
        if isinstance(value, dagster.Definitions):
            yield from (
                value.get_job_def(job.name) for job in value.jobs or () if isinstance(job, dagster.JobDefinition)
            )
            return
    for value in values:
        if isinstance(value, dagster.RepositoryDefinition):
            yield from (job for job in value.get_all_jobs() if not job.name.startswith("__"))
            return
    seen: dict[int, Any] = {id(value): value for value in values if isinstance(value, dagster.JobDefinition)}
    yield from seen.values()


def outcome(job: Any, module: Any) -> dict[str, Any]:
    """Success, the events of each step, the outputs, the errors."""
    given = {
        name: value
        for name, value in (
            ("run_config", getattr(module, "RUN_CONFIG", None)),
            ("partition_key", getattr(module, "PARTITION", None)),
            ("op_selection", getattr(module, "SELECTION", None)),
        )
        if value is not None
    }
    try:
        result = job.execute_in_process(raise_on_error=False, **given)
    except Exception as error:
        return {"raised": ours(type(error).__name__)}
    steps: dict[str, list[str]] = {}
    outputs: dict[str, str] = {}
    errors: dict[str, str] = {}
    for event in result.all_events:
        kind = event.event_type.name
        if event.step_key is None or kind in ("LOGS_CAPTURED", "ENGINE_EVENT", "ALERT_FAILURE"):
            continue
        steps.setdefault(event.step_key, []).append(kind)
        if kind == "STEP_OUTPUT":
            name = event.step_output_data.output_name
            outputs[f"{event.step_key}.{name}"] = shown(lambda key=event.step_key, out=name: value_of(result, key, out))
        elif kind == "STEP_FAILURE":
            found = event.step_failure_data.error
            while found.cause is not None:
                found = found.cause
            errors[event.step_key] = ours(found.cls_name)
    for kinds in steps.values():  # Dagster keeps the hooks of an op in a set
        hooks = sorted(kind for kind in kinds if kind.startswith("HOOK_"))
        kinds[:] = [hooks.pop(0) if kind.startswith("HOOK_") else kind for kind in kinds]
    return {"success": result.success, "steps": steps, "outputs": outputs, "errors": errors}


def value_of(result: Any, step: str, output: str) -> Any:
    """The value of an output, by the path of the op."""
    return result.output_for_node(re.sub(r"\[[^]]*\]", "", step), output)


def shown(ask: Any) -> str:
    """The repr of a value, as far as it is the same in every process."""
    try:
        value = ask()
    except Exception as error:
        return f"raised {ours(type(error).__name__)}"
    text = re.sub(r" at 0x[0-9a-f]+|alias_suite_\w+\.", "", repr(value))
    return re.sub(r"\bDagster(?=\w+Error)", "Dagjob", text)


def ours(name: str) -> str:
    """The name of a class in our spelling."""
    return re.sub(r"^Dagster", "Dagjob", name)


def every_outcome() -> dict[str, Any]:
    """All modules; what one prints or warns of is not looked at."""
    warnings.simplefilter("ignore")
    found = {}
    for path in sorted(MODULES.glob("*.py")):
        with contextlib.redirect_stdout(io.StringIO()):
            found[path.stem] = outcomes(path)
    return found


if __name__ == "__main__":
    if "--alias" in sys.argv:
        import dagjob.compat.dagster  # noqa: F401
    print(json.dumps(every_outcome(), indent=1, sort_keys=True))
