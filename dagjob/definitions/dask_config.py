"""What the config of the Dask executor may say, and which cluster classes have a short name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from dagjob.config.fields import Permissive, Selector
from dagjob.config.schema import AT_LEAST_ONE, COUNT, Field, Noneable, StringSource

if TYPE_CHECKING:
    from dagjob.config.json_schema import Drawing, JsonSchema
    from dagjob.config.kind import Walk

CLASSES: Mapping[str, str] = {
    "ssh": "distributed.SSHCluster",
    "slurm": "dask_jobqueue.SLURMCluster",
    "pbs": "dask_jobqueue.PBSCluster",
    "lsf": "dask_jobqueue.LSFCluster",
    "sge": "dask_jobqueue.SGECluster",
    "oar": "dask_jobqueue.OARCluster",
    "moab": "dask_jobqueue.MoabCluster",
    "htcondor": "dask_jobqueue.HTCondorCluster",
    "yarn": "dask_yarn.YarnCluster",
    "kube": "dask_kubernetes.operator.KubeCluster",
}
"""Cluster classes by short name; most of the names are those of Dagster's executor."""


class ClusterChoice(Selector):
    """One cluster: `local`, `existing`, a short name, or the import path of any class, with its arguments."""

    __slots__ = ()

    def accept(self, value: object, walk: Walk) -> object:
        if isinstance(value, dict) and len(value) == 1:
            ((name, arguments),) = value.items()
            if isinstance(name, str) and "." in name and name not in self.fields:
                return {name: walk.inside("field", name, Field(Permissive({})), {} if arguments is None else arguments)}
        return super().accept(value, walk)

    def json_schema(self, drawing: Drawing) -> JsonSchema:
        return {**super().json_schema(drawing), "additionalProperties": {"type": ["object", "null"]}}


def cluster_field() -> Field:
    """The field `cluster`."""
    kinds: dict[str, object] = {
        "local": Field(Permissive({}), is_required=False, description="Workers on this machine: dask's LocalCluster."),
        "existing": Field({"address": StringSource}, is_required=False, description="A scheduler that runs already."),
        **{
            name: Field(Permissive({}), is_required=False, description=f"{path}, with these arguments.")
            for name, path in CLASSES.items()
        },
    }
    return Field(
        ClusterChoice(kinds),
        default_value={"local": {}},
        description="The cluster: local, existing, a short name, or the import path of a cluster class, with its arguments.",
    )


def fields() -> dict[str, object]:
    """What is Dask's alone."""
    return {
        "cluster": cluster_field(),
        "scale": Field(COUNT, is_required=False, description="How many workers a cluster of ours is to have."),
        "adapt": Field(
            Permissive({"minimum": Field(COUNT, is_required=False), "maximum": Field(COUNT, is_required=False)}),
            is_required=False,
            description="Let Dask choose the number of workers: the arguments of the cluster's adapt().",
        ),
        "max_concurrent": Field(
            Noneable(AT_LEAST_ONE),
            default_value=None,
            description="How many ops may be given to the cluster at once; null: twice as many as its workers have threads.",
        ),
    }
