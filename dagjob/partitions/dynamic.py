"""Partitions whose keys are kept in a store, by name; or, in the old form, made by a function."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from dagjob.errors import CheckError, DagjobInvalidDefinitionError, ParameterCheckError
from dagjob.partitions.base import Ends, PartitionsDefinition, PartitionStore, loading
from dagjob.record import Record
from dagjob.values.checks import brief, check_kind


class Partition:
    """A value and its name: what a `partition_fn` may return instead of a key."""

    def __init__(self, value: object, name: str | None = None) -> None:
        self.value = value
        self.name = str(value) if name is None else name

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Partition) and (self.value, self.name) == (other.value, other.name)

    def __hash__(self) -> int:
        return hash(self.name)

    def __repr__(self) -> str:
        return f"Partition({self.value!r}, {self.name!r})"


class AddDynamicPartitionsRequest(Record):
    """Asks for keys to be added to the dynamic partitions of that name."""

    partitions_def_name: str
    partition_keys: Sequence[str]


class DeleteDynamicPartitionsRequest(Record):
    """Asks for keys to be deleted from the dynamic partitions of that name."""

    partitions_def_name: str
    partition_keys: Sequence[str]


PartitionFunction = Callable[[datetime | None], Sequence[str] | Sequence[Partition]]


class DynamicPartitionsDefinition(PartitionsDefinition):
    """Partitions whose keys an instance keeps, by the name of the definition."""

    kind = "dynamic"

    def __init__(self, partition_fn: PartitionFunction | None = None, name: str | None = None) -> None:
        what = "DynamicPartitionsDefinition"
        self.partition_fn = partition_fn
        self.name = check_kind(name, (str, type(None)), f"{what}: name")
        if partition_fn is not None and not callable(partition_fn):
            raise ParameterCheckError(f"{what}: partition_fn must be a function, not {brief(partition_fn)}.")
        if (partition_fn is None) == (not name):
            raise DagjobInvalidDefinitionError(f"{what}: give either a name or a partition_fn.")

    def keys(self, now: datetime) -> Iterator[str]:
        """The keys in the order in which they were added."""
        if self.partition_fn is not None:
            return iter([one.name if isinstance(one, Partition) else one for one in self.partition_fn(now)])
        return iter(self._store().get_dynamic_partitions(self._name()))

    def has(self, key: str, now: datetime) -> bool:
        """Is the key in the store?"""
        if self.partition_fn is not None:
            return key in list(self.keys(now))
        return self._store().has_dynamic_partition(self._name(), key)

    def describe(self) -> str:
        """The name."""
        return f'dynamic "{self.name}"' if self.name else "those that a function returns"

    def ends(self, now: datetime) -> Ends | None:
        """What the store has, where there is one to ask; a function is not asked."""
        if self.partition_fn is not None or loading().dynamic_partitions_store is None:
            return None
        keys = list(self.keys(now))
        return Ends(keys[0], keys[-1], len(keys)) if keys else Ends(None, None, 0)

    def build_add_request(self, partition_keys: Sequence[str]) -> AddDynamicPartitionsRequest:
        """What asks for keys to be added."""
        return AddDynamicPartitionsRequest(self._name(), partition_keys)

    def build_delete_request(self, partition_keys: Sequence[str]) -> DeleteDynamicPartitionsRequest:
        """What asks for keys to be deleted."""
        return DeleteDynamicPartitionsRequest(self._name(), partition_keys)

    def _name(self) -> str:
        if self.name is None:
            raise CheckError("only a DynamicPartitionsDefinition with a name has keys in a store.")
        return self.name

    def _store(self) -> PartitionStore:
        store = loading().dynamic_partitions_store
        if store is None:
            raise CheckError(
                f'the keys of the dynamic partitions "{self.name}" are kept in an instance: pass it as '
                "dynamic_partitions_store, or open partition_loading_context(dynamic_partitions_store=instance)."
            )
        return store

    def identity(self) -> object:
        """The name, or the function."""
        return ("dynamic", self.name, self.partition_fn)

    def __str__(self) -> str:
        return self.describe() if self.partition_fn is None else ", ".join(map(repr, self.get_partition_keys()))

    def __repr__(self) -> str:
        return (
            f"DynamicPartitionsDefinition(name={self.name!r})"
            if self.name
            else f"DynamicPartitionsDefinition({self.partition_fn!r})"
        )
