"""Ops and graphs as things that are called and derived: `alias`, `tag`, `with_hooks`, `with_retry_policy`.

Inside a composition a call records a node. Outside, an op runs directly and a graph explains itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Generic, NoReturn, TypeVar

from dagjob.definitions.composition import current
from dagjob.definitions.nodes import NO_HOOKS, Hooks, NodeDefinition, check_hooks
from dagjob.definitions.retries import RetryPolicy, check_retry_policy
from dagjob.errors import DagjobInvalidInvocationError
from dagjob.values.names import check_name, normalize_tags

if TYPE_CHECKING:
    from dagjob.definitions.hooks import HookDefinition


class Invocable(NodeDefinition):
    """What an op and a graph can do as a definition."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Inside a graph body: record a node, and return what stands for its outputs."""
        composition = current()
        if composition is None:
            return self.call_directly(args, kwargs)
        return composition.call(self, args, kwargs)

    def call_directly(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        """What a call outside of a composition does."""
        raise AttributeError("call_directly")

    def _derived(self) -> PendingNodeInvocation[Any]:
        return PendingNodeInvocation(self)

    def alias(self, name: str) -> PendingNodeInvocation[Any]:
        """The same, to be called as a node of this name."""
        return self._derived().alias(name)

    def tag(self, tags: Mapping[str, Any] | None) -> PendingNodeInvocation[Any]:
        """The same, to be called as a node with these tags besides those of the definition."""
        return self._derived().tag(tags)

    def with_hooks(self, hook_defs: Iterable[HookDefinition]) -> PendingNodeInvocation[Any]:
        """The same, to be called as a node with these hooks; `hook_defs` is a set."""
        return self._derived().with_hooks(hook_defs)

    def with_retry_policy(self, retry_policy: RetryPolicy) -> PendingNodeInvocation[Any]:
        """The same, to be called as a node with this retry policy."""
        return self._derived().with_retry_policy(retry_policy)


D = TypeVar("D", bound=Invocable)


class PendingNodeInvocation(Generic[D]):
    """An op or graph with an alias, tags, hooks or a retry policy, not called yet. Each derivation is a new one."""

    __slots__ = ("given_alias", "hook_defs", "node_def", "retry_policy", "tags")

    def __init__(
        self,
        node_def: D,
        given_alias: str | None = None,
        tags: Mapping[str, str] | None = None,
        hook_defs: Hooks = NO_HOOKS,
        retry_policy: RetryPolicy | None = None,
    ) -> None:
        self.node_def = node_def
        self.given_alias = given_alias
        self.tags: Mapping[str, str] = tags or {}
        self.hook_defs = hook_defs
        self.retry_policy = retry_policy

    @property
    def name(self) -> str:
        """The alias, or the name of the definition."""
        return self.given_alias or self.node_def.name

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Inside a graph body: record the node. Outside, what a call of the definition does."""
        composition = current()
        if composition is None:
            return self.node_def.call_directly(args, kwargs)
        composition.used(self)
        return composition.call(
            self.node_def,
            args,
            kwargs,
            alias=self.given_alias,
            tags=self.tags,
            hooks=self.hook_defs,
            retry_policy=self.retry_policy,
        )

    def alias(self, name: str) -> PendingNodeInvocation[D]:
        """The same under another name."""
        check_name(name, f'alias of the {self.node_def.kind} "{self.node_def.name}"')
        return self._with(name, self.tags, self.hook_defs, self.retry_policy)

    def tag(self, tags: Mapping[str, Any] | None) -> PendingNodeInvocation[D]:
        """The same with more tags; the later win."""
        added = normalize_tags(tags, f'invocation of the {self.node_def.kind} "{self.node_def.name}"')
        return self._with(self.given_alias, {**self.tags, **added}, self.hook_defs, self.retry_policy)

    def with_hooks(self, hook_defs: Iterable[HookDefinition]) -> PendingNodeInvocation[D]:
        """The same with more hooks. Raises `ParameterCheckError` for anything but a set of hooks."""
        hooks = self.hook_defs | check_hooks(hook_defs, f"the argument of with_hooks of {self.node_def.name}")
        return self._with(self.given_alias, self.tags, hooks, self.retry_policy)

    def with_retry_policy(self, retry_policy: RetryPolicy) -> PendingNodeInvocation[D]:
        """The same with this retry policy; the last one counts. On a graph that is called as a node it counts for nothing."""
        policy = check_retry_policy(retry_policy, f"the argument of with_retry_policy of {self.node_def.name}")
        return self._with(self.given_alias, self.tags, self.hook_defs, policy)

    def to_job(self, *_: Any, **__: Any) -> Any:
        """Only a graph can be made a job. Raises `DagjobInvalidInvocationError`."""
        self._only_a_graph("to_job")

    def execute_in_process(self, **_: Any) -> Any:
        """Only a graph can be run alone. Raises `DagjobInvalidInvocationError`."""
        self._only_a_graph("execute_in_process")

    def _only_a_graph(self, act: str) -> NoReturn:
        raise DagjobInvalidInvocationError(
            f'{act} is for graphs, and "{self.node_def.name}" is an op. Write a job that calls it:  '
            f"@job  def {self.node_def.name}_job(): {self.node_def.name}()"
        )

    def _with(
        self, alias: str | None, tags: Mapping[str, str], hooks: Hooks, policy: RetryPolicy | None
    ) -> PendingNodeInvocation[D]:
        made = type(self)(self.node_def, alias, tags, hooks, policy)
        composition = current()
        if composition is not None:
            composition.used(self)
            composition.watch(made)
        return made

    def __repr__(self) -> str:
        return f"<PendingNodeInvocation of {self.node_def.name} as {self.name}>"
