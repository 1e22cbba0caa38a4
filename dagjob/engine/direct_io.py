"""Contexts for tests of IO managers: `build_output_context` and `build_input_context`. There is no run behind them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from dagjob.definitions.dagjob_type import DagjobType
from dagjob.definitions.ops import OpDefinition
from dagjob.engine.direct import EPHEMERAL_RUN_ID, GivenResources, WithResources
from dagjob.engine.facts import Resources
from dagjob.engine.io_contexts import InputContext, OutputContext
from dagjob.errors import DagjobInvalidInvocationError
from dagjob.values.checks import check_kind

if TYPE_CHECKING:
    from dagjob.launch.instance import DagjobInstance


class DirectOutputContext(WithResources, OutputContext):
    """What `build_output_context` returns."""

    def __init__(self, resources: GivenResources, **given: Any) -> None:
        super().__init__(**given)
        self._given_resources = resources

    @property
    def resources(self) -> Resources:
        """What was given."""
        return Resources(self._given_resources.by_key, "this IO manager")


class DirectInputContext(WithResources, InputContext):
    """What `build_input_context` returns."""

    def __init__(self, resources: GivenResources, **given: Any) -> None:
        super().__init__(**given)
        self._given_resources = resources

    @property
    def resources(self) -> Resources:
        """What was given."""
        return Resources(self._given_resources.by_key, "this IO manager")


_KINDS: Mapping[str, type | tuple[type, ...]] = {
    **dict.fromkeys(("step_key", "name", "run_id", "mapping_key", "version", "partition_key"), str),
    **dict.fromkeys(("definition_metadata", "output_metadata", "resource_config", "resources"), (dict, Mapping)),
    "dagster_type": DagjobType,
    "op_def": OpDefinition,
    "upstream_output": OutputContext,
}


def _checked(what: str, assets: Mapping[str, object], **given: Any) -> dict[str, Any]:
    """What was given, each of its kind. Raises `ParameterCheckError`, and for what belongs to assets."""
    for name, value in assets.items():
        if value is not None:
            raise DagjobInvalidInvocationError(f"{what}: {name} belongs to assets, and a job of ops has none")
    for name, value in given.items():
        if value is not None and name in _KINDS:
            check_kind(value, _KINDS[name], f"{what}: {name}")
    return given


def build_output_context(
    step_key: str | None = None,
    name: str | None = None,
    definition_metadata: Mapping[str, Any] | None = None,
    run_id: str | None = None,
    mapping_key: str | None = None,
    config: Any = None,
    dagster_type: Any = None,
    version: str | None = None,
    resource_config: Mapping[str, Any] | None = None,
    resources: Mapping[str, Any] | None = None,
    op_def: OpDefinition | None = None,
    asset_key: None = None,
    partition_key: str | None = None,
    asset_partitions_def: None = None,
    asset_partition_key_range: None = None,
    instance: DagjobInstance | None = None,
    asset_spec: None = None,
    metadata: Mapping[str, Any] | None = None,
    output_metadata: Mapping[str, Any] | None = None,
) -> OutputContext:
    """A context for `handle_output` in a test. With a resource that has a teardown, use it with `with`."""
    given = _checked(
        "build_output_context",
        {
            "asset_key": asset_key,
            "asset_partitions_def": asset_partitions_def,
            "asset_partition_key_range": asset_partition_key_range,
            "asset_spec": asset_spec,
        },
        step_key=step_key,
        name=name,
        definition_metadata=definition_metadata if definition_metadata is not None else metadata,
        run_id=run_id if run_id is not None else EPHEMERAL_RUN_ID,
        mapping_key=mapping_key,
        config=config,
        dagster_type=dagster_type,
        version=version,
        resource_config=resource_config if resource_config is not None else {},
        op_def=op_def,
        partition_key=partition_key,
        output_metadata=output_metadata,
    )
    return DirectOutputContext(GivenResources(resources), **given)


def build_input_context(
    name: str | None = None,
    config: Any = None,
    definition_metadata: Mapping[str, Any] | None = None,
    upstream_output: OutputContext | None = None,
    dagster_type: Any = None,
    resource_config: Mapping[str, Any] | None = None,
    resources: Mapping[str, Any] | None = None,
    op_def: OpDefinition | None = None,
    step_context: None = None,
    asset_key: None = None,
    partition_key: str | None = None,
    asset_partition_key_range: None = None,
    asset_partitions_def: None = None,
    instance: DagjobInstance | None = None,
    metadata: Mapping[str, Any] | None = None,
) -> InputContext:
    """A context for `load_input` in a test. With a resource that has a teardown, use it with `with`."""
    given = _checked(
        "build_input_context",
        {
            "asset_key": asset_key,
            "asset_partitions_def": asset_partitions_def,
            "asset_partition_key_range": asset_partition_key_range,
        },
        name=name,
        config=config,
        definition_metadata=definition_metadata if definition_metadata is not None else metadata,
        upstream_output=upstream_output,
        dagster_type=dagster_type,
        resource_config=resource_config if resource_config is not None else {},
        op_def=op_def,
        partition_key=partition_key,
        instance=instance,
    )
    return DirectInputContext(GivenResources(resources), **given)
