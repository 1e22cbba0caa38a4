"""Words for a name that cannot be had from `dagster` under the alias."""

from __future__ import annotations

from dagjob.compat.names import PUBLIC, is_module

_SINCE_1_0 = {
    "solid": "op",
    "lambda_solid": "op",
    "pipeline": "job",
    "composite_solid": "graph",
    "PipelineDefinition": "JobDefinition",
    "SolidDefinition": "OpDefinition",
    "CompositeSolidDefinition": "GraphDefinition",
    "SolidExecutionContext": "OpExecutionContext",
    "PipelineExecutionResult": "ExecuteInProcessResult",
    "InputDefinition": "In",
    "OutputDefinition": "Out",
    "DynamicOutputDefinition": "DynamicOut",
    "SolidInvocation": "NodeInvocation",
    "PipelineRun": "DagsterRun",
    "PipelineRunStatus": "DagsterRunStatus",
    "EventMetadata": "MetadataValue",
    "EventMetadataEntry": "MetadataValue",
    "execute_pipeline": "job.execute_in_process() or execute_job",
    "reexecute_pipeline": "execute_job with ReexecutionOptions",
    "execute_solid": "a direct call of the op",
    "build_solid_context": "build_op_context",
    "ModeDefinition": "resource_defs and executor_def of @job",
    "PresetDefinition": "config of @job",
    "PartitionSetDefinition": "partitions_def and config of @job",
    "root_input_manager": "input_manager",
    "Materialization": "AssetMaterialization",
    "IOManagerDefinition": "IOManagerDefinition",
    "AssetGroup": "Definitions",
    "daily_schedule": "cron and  dagjob run JOB",
    "hourly_schedule": "cron and  dagjob run JOB",
    "weekly_schedule": "cron and  dagjob run JOB",
    "monthly_schedule": "cron and  dagjob run JOB",
}
"""Names that went with Dagster 1.0, and what took their place."""


def about_import(error: ImportError) -> tuple[str, ...]:
    """What can be said of an import of Dagster's that failed; nothing, if it was another one."""
    module = error.name or ""
    root = module.partition(".")[0]
    if root.startswith("dagster_") and root != "dagster_shared":
        return (
            f"{root} is a library of Dagster's, and works with Dagster only",
            "instead: a resource of your own that calls the client library itself; or keep what needs it in another module",
        )
    if not module.startswith("dagster"):
        return ()
    if isinstance(error, ModuleNotFoundError):
        return (about_private(module),) if "." in module else ()
    # Python's message, `cannot import name 'jobb' from 'dagster'`, has the name only as text.
    return about(module, error.msg.partition("'")[2].partition("'")[0])


def about(module: str, name: str) -> tuple[str, ...]:
    """What can be said of a name that a module of Dagster's does not have here."""
    if name in _SINCE_1_0:
        return (f"Dagster has no {name} since 1.0; what took its place:  {_SINCE_1_0[name]}",)
    from dagjob.errors import nearest

    near = nearest(name, PUBLIC, 0.8)
    if near is not None:
        return (f'did you mean "{near}"?',)
    if name.startswith("_") or "." in module:
        return (about_private(f"{module}.{name}"),)
    return ("Dagster 1.13 has no such name, and dagjob neither",)


def about_private(path: str) -> str:
    """What is said of something that is not public."""
    what = next((text for part, text in _PURPOSE.items() if path.startswith(part)), "")
    known = " as a module" if is_module(path) else ""
    return f"{path} is private to Dagster{known}{what}, and dagjob does not have it: use a public name, or code of your own"


_PURPOSE = {
    "dagster._core.test_utils": " (for Dagster's own tests)",
    "dagster._core.execution.plan": " (a part of its engine)",
    "dagster._core.execution": " (a part of its engine)",
    "dagster._core.storage": " (a part of its run storage)",
    "dagster._core.workspace": " (a part of its server)",
    "dagster._core.remote": " (a part of its server)",
    "dagster._core.host": " (a part of its server)",
    "dagster._core.snap": " (a part of its server)",
    "dagster._grpc": " (a part of its server)",
    "dagster._daemon": " (a part of its server)",
    "dagster._cli": " (its command line)",
    "dagster.cli": " (its command line)",
    "dagster._serdes": " (how it stores its objects)",
    "dagster_shared.serdes": " (how it stores its objects)",
    "dagster._legacy": " (names of before 1.0)",
    "dagster._utils": " (helpers of its own code)",
}
"""What private parts are for."""
