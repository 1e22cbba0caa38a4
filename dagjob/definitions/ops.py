"""Ops: one function, and what the system must know about it. `@op` and `OpDefinition`.

A definition never runs anything: calling it inside a graph body records a node, calling it outside is a test's direct
invocation, which lives in the engine.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol, overload

from dagjob.definitions.dagjob_type import BOOL, FLOAT, INT, STRING
from dagjob.definitions.docstrings import doc_text, parameter_texts
from dagjob.definitions.inputs import ABSENT, In
from dagjob.definitions.invocations import Invocable
from dagjob.definitions.outputs import DynamicOut, Out
from dagjob.definitions.resources import check_resource_keys
from dagjob.definitions.retries import RetryPolicy, check_retry_policy
from dagjob.definitions.returns import outs_of
from dagjob.definitions.signature import ConfigParameter, Signature, place_of, read_signature
from dagjob.errors import CheckError, DagjobError, DagjobInvalidDefinitionError, Place, warn_user
from dagjob.values.checks import brief, check_kind
from dagjob.values.names import CONCURRENCY_TAG, check_name, normalize_tags

if TYPE_CHECKING:
    from dagjob.config.schema import Schema

SCALARS = (INT, FLOAT, STRING, BOOL)
_POOL = r"\S+"
_NO_SIGNATURE = Signature(None, None, {}, (), True, ABSENT, "generator")


class ComputeFunction:
    """The body of an op. `decorated_fn` is the user's function; None when the op was built by hand from a compute function.

    Called itself it takes a context and a dict of inputs, and yields outputs.
    """

    __slots__ = ("compute_fn", "decorated_fn")

    def __init__(
        self, decorated_fn: Callable[..., Any] | None, compute_fn: Callable[[Any, dict[str, Any]], Any] | None = None
    ) -> None:
        self.decorated_fn = decorated_fn
        self.compute_fn = compute_fn

    def __call__(self, context: Any, inputs: dict[str, Any]) -> Any:
        if self.compute_fn is None:
            raise CheckError("the body of a decorated op is called by the engine: call the op itself")
        return self.compute_fn(context, inputs)


class OpDefinition(Invocable):
    """What `@op` returns: an op. Immutable; derived forms (`alias`, `tag`, ...) are new objects.

    For the engine: `context_param`, `config_param`, `resource_params` (parameter to resource key), `body_kind`, and
    `compute_fn.decorated_fn`; every input is passed by keyword.
    """

    kind = "op"

    def __init__(
        self,
        compute_fn: Callable[[Any, dict[str, Any]], Any] | ComputeFunction,
        name: str,
        ins: Mapping[str, In] | None = None,
        outs: Mapping[str, Out] | None = None,
        description: str | None = None,
        config_schema: Any = None,
        required_resource_keys: Iterable[str] | None = None,
        tags: Mapping[str, Any] | None = None,
        version: str | None = None,
        retry_policy: RetryPolicy | None = None,
        code_version: str | None = None,
        pool: str | None = None,
        *,
        signature: Signature | None = None,
    ) -> None:
        self.name = check_name(name, "op")
        subject = f'op "{name}"'
        self._description = check_kind(description, (str, type(None)), f"{subject}: description")
        self.compute_fn = compute_fn if isinstance(compute_fn, ComputeFunction) else ComputeFunction(None, compute_fn)
        self.code_version = _code_version(subject, code_version, version)
        self.signature = signature or _NO_SIGNATURE
        self.tags = normalize_tags(tags, subject)
        self.retry_policy = check_retry_policy(retry_policy, f"retry_policy of the {subject}") if retry_policy else None
        self.pool = _checked_pool(subject, pool, self.tags)
        function = self.compute_fn.decorated_fn
        self.context_param = self.signature.context
        self.config_param = self.signature.config
        self.resource_params = self.signature.resources
        self.body_kind = self.signature.body
        self.ins = _ins(subject, ins or {}, self.signature, function)
        self.outs = outs_of(subject, outs, self.signature, self.code_version)
        self.plain_out = _plain_out(self.outs)  # which each attempt asks for
        self.positional_inputs = [p.name for p in self.signature.inputs if p.positional]
        self.config_schema = _config_schema(self.name, config_schema, self.config_param)
        self.required_resource_keys = _resource_keys(subject, required_resource_keys, self.resource_params)

    # -- as a definition -------------------------------------------------------------------------------------------

    @property
    def description(self) -> str | None:  # type: ignore[override]  # read when it is asked for
        """What was given, else the docstring."""
        if self._description is None and self.compute_fn.decorated_fn is not None:
            self._description = doc_text(self.compute_fn.decorated_fn.__doc__)
        return self._description

    @property
    def place(self) -> Place | None:  # type: ignore[override]  # found when it is asked for
        """Where the function stands."""
        return place_of(self.compute_fn.decorated_fn or self.compute_fn.compute_fn)

    @property
    def inputs_by_name(self) -> Mapping[str, In]:
        """The inputs: declared ones by name first, then those of the signature."""
        return self.ins

    @property
    def outputs_by_name(self) -> Mapping[str, Out]:
        """The outputs, in their order."""
        return self.outs

    @property
    def only_by_name(self) -> list[str]:
        """Declared inputs that have no parameter: the last positional may stand for a single one."""
        parameters = {parameter.name for parameter in self.signature.inputs}
        return [name for name in self.ins if name not in parameters]

    @property
    def has_config_arg(self) -> bool:
        """Does the body take its config as a parameter?"""
        return self.config_param is not None

    def configured(
        self,
        config_or_config_fn: Any,
        name: str | None = None,
        config_schema: Any = None,
        description: str | None = None,
    ) -> OpDefinition:
        """The same op under a new name, with its config given here or made here by a function from another config."""
        if not name:
            raise DagjobInvalidDefinitionError(
                f'op "{self.name}": configured() needs a name= for the op that it makes: two ops of one job cannot share one.'
            )
        from dagjob.config.mapping import configured_schema

        made = object.__new__(type(self))
        made.__dict__.update(self.__dict__)
        made.name = check_name(name, "op")
        made.config_schema = configured_schema(self.config_schema, config_or_config_fn, config_schema, f'op "{name}"')
        if description is not None:
            made._description = description
        return made

    def call_directly(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        """Run the body here, as a test does (contract exe-4, "Direct invocation")."""
        from dagjob.definitions.direct_calls import call_directly

        return call_directly(self, args, kwargs)

    @property
    def version(self) -> str | None:
        """The old name of `code_version`."""
        return self.code_version

    def __repr__(self) -> str:
        return f"<OpDefinition {self.name}>"


# -- the decorator -------------------------------------------------------------------------------------------------


class _Decorator(Protocol):
    def __call__(self, compute_fn: Callable[..., Any], /) -> OpDefinition: ...


@overload
def op(compute_fn: Callable[..., Any], /) -> OpDefinition: ...
@overload
def op(
    *,
    name: str | None = ...,
    description: str | None = ...,
    ins: Mapping[str, In] | None = ...,
    out: Out | Mapping[str, Out] | None = ...,
    config_schema: Any = ...,
    required_resource_keys: Iterable[str] | None = ...,
    tags: Mapping[str, Any] | None = ...,
    version: str | None = ...,
    retry_policy: RetryPolicy | None = ...,
    code_version: str | None = ...,
    pool: str | None = ...,
) -> _Decorator: ...
def op(
    compute_fn: Callable[..., Any] | None = None,
    /,
    *,
    name: str | None = None,
    description: str | None = None,
    ins: Mapping[str, In] | None = None,
    out: Out | Mapping[str, Out] | None = None,
    config_schema: Any = None,
    required_resource_keys: Iterable[str] | None = None,
    tags: Mapping[str, Any] | None = None,
    version: str | None = None,
    retry_policy: RetryPolicy | None = None,
    code_version: str | None = None,
    pool: str | None = None,
) -> Any:
    """Make an op of a function; used bare or with arguments.

    Inputs, outputs, config, resources and the context are read from the signature; `ins` and `out` say more, or
    something else. `tags` may have any JSON value. `retry_policy` says how a failed attempt is tried again, `pool` names what
    limits how many run at a time. Raises `DagjobInvalidDefinitionError` for what cannot be an op.
    """

    def decorate(function: Callable[..., Any]) -> OpDefinition:
        if not callable(function):
            raise TypeError(f"@op needs a function, not {function!r}")
        op_name = name or str(getattr(function, "__name__", ""))
        try:
            signature = read_signature(function, op_name)
            made = OpDefinition(
                ComputeFunction(function),
                op_name,
                ins,
                _named_outs(out, op_name),
                description,
                config_schema,
                required_resource_keys,
                tags,
                version,
                retry_policy,
                code_version,
                pool,
                signature=signature,
            )
        except DagjobError as error:
            error.place = error.place or place_of(function)
            raise
        made.__dict__.update(
            __name__=getattr(function, "__name__", op_name),
            __doc__=function.__doc__,
            __module__=function.__module__,
            __wrapped__=function,
        )
        return made

    return decorate if compute_fn is None else decorate(compute_fn)


# -- parts ---------------------------------------------------------------------------------------------------------


def _named_outs(out: Out | Mapping[str, Out] | None, op: str) -> Mapping[str, Out] | None:
    if out is None:
        return None
    if isinstance(out, Out):
        return {"result": out}
    check_kind(out, (dict, Mapping), f'op "{op}": out')
    for name, one in out.items():
        check_name(name, f'output of the op "{op}"')
        check_kind(one, (Out, DynamicOut), f'op "{op}": the output "{name}"')
    return out


def _ins(
    subject: str, declared: Mapping[str, In], signature: Signature, function: Callable[..., Any] | None
) -> dict[str, In]:
    """Declared inputs first, by name; then those that only the signature has, in its order."""
    check_kind(declared, (dict, Mapping), f"{subject}: ins")
    parameters = {parameter.name: parameter for parameter in signature.inputs}
    texts: dict[str, str] = {}
    read = False

    def text_of(name: str) -> str | None:
        nonlocal read, texts
        if not read and function is not None:
            read, texts = True, parameter_texts(function.__doc__)
        return texts.get(name)

    ins: dict[str, In] = {}
    for name in (*sorted(declared), *(name for name in parameters if name not in declared)):
        check_name(name, f"input of the {subject}")
        given = declared.get(name, _PLAIN_IN)
        check_kind(given, In, f'{subject}: the input "{name}"')
        parameter = parameters.get(name)
        annotation = parameter.annotation if parameter is not None else ABSENT
        default = parameter.default if parameter is not None else ABSENT
        bound = given.bound(name, annotation, default, partial(text_of, name), f'{subject}: the input "{name}"')
        _check_input(subject, bound, parameter is not None, signature)
        ins[name] = bound
    return ins


_PLAIN_IN = In()


def _check_input(subject: str, bound: In, has_parameter: bool, signature: Signature) -> None:
    nothing = bound.dagster_type.is_nothing
    if nothing and has_parameter:
        raise DagjobInvalidDefinitionError(
            f'{subject}: the input "{bound.name}" is Nothing, so it carries no value: take the parameter "{bound.name}" out of '
            f"the function and declare the input with ins={{{bound.name!r}: In(Nothing)}}."
        )
    if nothing and bound.has_default_value:
        raise DagjobInvalidDefinitionError(f'{subject}: the input "{bound.name}" is Nothing and cannot have a default.')
    if not nothing and not has_parameter and not signature.takes_kwargs:
        raise DagjobInvalidDefinitionError(
            f'{subject} declares the input "{bound.name}", but its function has no parameter "{bound.name}" and no **kwargs. '
            f"Add the parameter, or make the input an order only: In(Nothing)."
        )
    if bound.has_default_value and bound.dagster_type in SCALARS:
        value = bound.default_value
        if bound.dagster_type.passes(value) is False:
            raise DagjobInvalidDefinitionError(
                f'{subject}: the default {brief(value)} of the input "{bound.name}" is no {bound.dagster_type.display_name}.'
            )


def _config_schema(op: str, given: Any, parameter: ConfigParameter | None) -> Schema | None:
    if parameter is None:
        if given is None:
            return None
        from dagjob.config.schema import to_schema

        return to_schema(given)
    if given is not None:
        raise CheckError(f'op "{op}" has a parameter "config" and a config_schema: say it in one of the two.')
    from dagjob.config.parameter import schema_of_parameter

    return schema_of_parameter(op, parameter.annotation, parameter.default, absent=ABSENT)


def _plain_out(outs: Mapping[str, Out]) -> Out | None:
    """The only output, if any value that is returned is the value of it."""
    out = next(iter(outs.values())) if len(outs) == 1 else None
    return out if out is not None and out.carries_value and not (out.is_dynamic or out.annotated_as_output) else None


def _resource_keys(subject: str, keys: Iterable[str] | None, parameters: Mapping[str, str]) -> frozenset[str]:
    required = check_resource_keys(keys, f"required_resource_keys of the {subject}")
    if required and parameters:
        raise CheckError(
            f"{subject} asks for resources in two ways, by parameters ({', '.join(parameters)}) and by "
            f"required_resource_keys ({', '.join(sorted(required))}): use one of them."
        )
    return required | frozenset(parameters.values())


def _code_version(subject: str, code_version: str | None, version: str | None) -> str | None:
    check_kind(code_version, (str, type(None)), f"{subject}: code_version")
    check_kind(version, (str, type(None)), f"{subject}: version")
    if version is None:
        return code_version
    if code_version is not None:
        raise CheckError(f"{subject} has code_version and version, which mean the same: use code_version.")
    warn_user(f"{subject}: version is deprecated, use code_version.", DeprecationWarning)
    return version


def _checked_pool(subject: str, pool: str | None, tags: Mapping[str, str]) -> str | None:
    check_kind(pool, (str, type(None)), f"{subject}: pool")
    tag = tags.get(CONCURRENCY_TAG)
    if pool is None:
        return tag
    if not re.fullmatch(_POOL, pool):
        raise DagjobInvalidDefinitionError(f'{subject}: "{pool}" is no name for a pool; it must be one word.')
    if tag is not None and tag != pool:
        raise DagjobInvalidDefinitionError(
            f'{subject} is in the pool "{pool}", but its tag {CONCURRENCY_TAG} says "{tag}": leave the tag out.'
        )
    return pool
