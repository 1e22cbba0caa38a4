"""One event as one JSON object: what `--format jsonl` and `runs events` print, and what the store keeps.

Keys are only ever added; readers ignore what they do not know. `dagster` holds Dagster's name of the event where it has
one. Times are ISO 8601 in UTC, durations are seconds.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Generic, TypeVar

from dagjob import events as ev
from dagjob.record import Record, asdict

VERSION = 1
_INFINITE = float("inf")  # `math` is another library to map, in each worker as well.


def to_json(event: ev.Event, run_id: str, seq: int) -> dict[str, Any]:
    """The event as the object that is printed; `run_id` is cut to its first 8 characters."""
    name, body = parts(event)
    return {**head(name, seq, event.at, run_id, *step_and_attempt(event)), **body}


def head(name: str, seq: int, at: float, run_id: str, step: str | None, attempt: int | None) -> dict[str, Any]:
    """The keys that every event begins with."""
    keys: dict[str, Any] = {"v": VERSION, "seq": seq, "ts": iso(at), "run": run_id[:8], "event": name}
    if step is not None:
        keys["op"] = step
    if attempt is not None:
        keys["attempt"] = attempt
    return keys


def step_and_attempt(event: ev.Event) -> tuple[str | None, int | None]:
    """The step that an event is about and the number of its attempt, where it has them."""
    if isinstance(event, ev.StepEvent):
        return event.step, event.attempt
    if isinstance(event, _OF_A_STEP):
        return event.step, None
    return None, None


def parts(event: ev.Event) -> tuple[str, dict[str, Any]]:
    """The event's name, and the keys that stand behind its head. The store keeps just these."""
    name, dagster, shape = _SHAPES.get(type(event), _UNKNOWN)
    body = shape(event)
    if dagster:
        body["dagster"] = dagster(event)
    return name, body


def recorded(event: ev.Event) -> tuple[str, str | None]:
    """The event's name, and those keys as JSON: `parts` as text, for the store, which writes six for every op."""
    named = _TEXTS.get(type(event))
    if named is not None:
        name, text_of = named
        try:
            text = text_of(event)
        except TypeError:  # A name that is no string, perhaps.
            pass
        else:
            if text.isascii():
                return name, text
    name, body = parts(event)
    return name, dumps(body) if body else None


def from_parts(name: str, at: float, step: str | None, attempt: int | None, body: Mapping[str, Any]) -> ev.Event | None:
    """The event that was recorded so; None for one that this version does not know.

    Keys that are not known are ignored, those that are missing get their defaults. Metadata comes back as plain values,
    and `run.start` without its configs, which are recorded elsewhere.
    """
    kind = _kind_of_end(body["status"], attempt) if name == "op.end" else _READ.get(name)
    if kind is None:
        return None
    if kind in _REPORTS:
        return _REPORTS[kind](at, step or "", attempt or 1, body)
    given = {"at": at, "step": step, "attempt": attempt, **body}
    values = {
        key: _read(key, given[_RENAMED.get(key, key)]) for key in kind.__match_args__ if _RENAMED.get(key, key) in given
    }
    return kind(**values)


def names(kinds: Iterable[type[ev.Event]]) -> set[str]:
    """The names under which events of these types are recorded."""
    return {_SHAPES[kind][0] for kind in kinds}


def dumps(value: object, *, strict: bool = False, indent: int | None = None) -> str:
    """JSON, compact and on one line unless there is an `indent`. What JSON cannot say is written as its text, never an error.

    `strict`: NaN and the infinities too, which Python alone reads back as numbers.

    The text can always be encoded: half a surrogate pair, as in the name of a file that is no UTF-8, stays escaped.
    """
    encode = _encode_strictly if strict else _encode
    if indent is not None:
        encode = json.JSONEncoder(ensure_ascii=False, allow_nan=not strict, indent=indent, default=_anything).encode
    try:
        text = encode(value)
    except (TypeError, ValueError, RecursionError):
        text = encode(value := plain_json(value, strict=strict))
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        separators = (",", ":") if indent is None else None
        return json.dumps(value, separators=separators, indent=indent, default=_anything)
    return text


V = TypeVar("V")


class SameAgain(Generic[V]):
    """The text of a value, made once for the same object in a row: the runs of a backfill share configs and plans."""

    __slots__ = ("_last", "_make")

    def __init__(self, make: Callable[[V], str]) -> None:
        self._make = make
        self._last: tuple[V, str] | None = None

    def __call__(self, value: V) -> str:
        """Its text. Nobody changes it meanwhile."""
        last = self._last
        if last is None or last[0] is not value:
            last = self._last = value, self._make(value)
        return last[1]


def iso(at: float) -> str:
    """Seconds since the epoch as `2026-11-22T13:15:44.102Z`."""
    from time import gmtime, strftime

    whole, millis = divmod(round(at * 1000), 1000)
    return f"{strftime('%Y-%m-%dT%H:%M:%S', gmtime(whole))}.{millis:03d}Z"


def error_json(error: ev.ErrorInfo | None) -> dict[str, Any] | None:
    """An error with its frames and causes."""
    if error is None:
        return None
    inputs = {"inputs": [asdict(one) for one in error.inputs]} if error.inputs else {}
    return {
        "type": error.type,
        "module": error.module,
        "message": error.message,
        "code": error.code,
        "frames": [*map(_frame_json, error.frames)],
        "cause": error_json(error.cause),
        "context": error_json(error.context),
        "notes": list(error.notes),
        "members": [error_json(member) for member in error.members],
        "text": error.text,
        **inputs,
    }


def error_from_json(value: Mapping[str, Any] | None) -> ev.ErrorInfo | None:
    """The inverse of `error_json`; keys that are missing get their defaults."""
    if value is None:
        return None
    return ev.ErrorInfo(
        type=value["type"],
        module=value.get("module", ""),
        message=value.get("message", ""),
        frames=tuple(map(_frame_from_json, value.get("frames", ()))),
        cause=error_from_json(value.get("cause")),
        context=error_from_json(value.get("context")),
        notes=tuple(value.get("notes", ())),
        members=tuple(m for m in map(error_from_json, value.get("members", ())) if m),
        text=value.get("text", ""),
        code=value.get("code", "DJ401"),
        inputs=tuple(ev.GivenInput(one["name"], one["kind"], one["source"]) for one in value.get("inputs", ())),
    )


def _frame_json(frame: ev.Frame) -> dict[str, Any]:
    """A frame; most have no variables, and older versions do not know that there are any."""
    keys = asdict(frame)
    variables = keys.pop("variables")
    return {**keys, "variables": {one.name: one.text for one in variables}} if variables else keys


def _frame_from_json(value: Mapping[str, Any]) -> ev.Frame:
    known = {key: value[key] for key in ev.Frame.__match_args__ if key in value}
    variables = tuple(ev.Variable(name, text) for name, text in value.get("variables", {}).items())
    return ev.Frame(**{**known, "variables": variables})


# -- one line for each event: its name, Dagster's name, its own keys ------------------------------------------------

Shape = Callable[[Any], dict[str, Any]]
DagsterName = Callable[[Any], str]


def _anything(value: object) -> Any:
    if isinstance(value, Record):
        return asdict(value)
    plain = getattr(value, "value", None)  # a MetadataValue, an enum member
    if plain is not None and plain is not value:
        return plain
    if isinstance(value, (set, frozenset, tuple)):
        return list(value)
    return str(value)


def plain_json(value: object, depth: int = 0, *, strict: bool = True) -> Any:
    """A copy that JSON can say: of a value with keys that are no text, with numbers that are none, or that holds itself."""
    if strict and isinstance(value, float) and not -_INFINITE < value < _INFINITE:
        return "NaN" if value != value else "Infinity" if value > 0 else "-Infinity"
    if value is None or isinstance(value, (str, int, float)):
        return value
    if depth < 20:
        if isinstance(value, Mapping):
            return {str(key): plain_json(item, depth + 1, strict=strict) for key, item in value.items()}
        if isinstance(value, (list, tuple, set, frozenset)):
            return [plain_json(item, depth + 1, strict=strict) for item in value]
        plain = _anything(value)
        if not isinstance(plain, str):
            return plain_json(plain, depth + 1, strict=strict)
        return plain
    return "..."


_encode = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False, default=_anything).encode
_encode_strictly = json.JSONEncoder(
    separators=(",", ":"), ensure_ascii=False, allow_nan=False, default=_anything
).encode


def _metadata(metadata: Mapping[str, Any]) -> dict[str, Any]:
    return {key: getattr(value, "value", value) for key, value in metadata.items()}


def plain_metadata(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """Metadata as it comes back when its JSON is read."""
    plain: dict[str, Any] = json.loads(dumps(_metadata(metadata))) if metadata else {}
    return plain


def _fields(event: ev.Event) -> dict[str, Any]:
    own = {k: v for k, v in asdict(event).items() if k not in ("at", "step", "attempt")}
    for key, value in own.items():
        if key in ("metadata", "check_metadata"):
            own[key] = _metadata(value)
        elif isinstance(value, ev.ErrorInfo):
            own[key] = error_json(value)
    return own


def _step_start(event: ev.StepStarted) -> dict[str, Any]:
    own = _fields(event)
    if event.worker is None:
        del own["worker"]
    return own


_RENAMED = {"parent_run_id": "parent", "root_run_id": "root"}
"""Fields that have other names in JSON."""


def _run_start(event: ev.RunStarted) -> dict[str, Any]:
    own = _fields(event)
    own["run_id"] = event.run_id
    for field, key in _RENAMED.items():
        own[key] = own.pop(field)
    del own["config"], own["resolved"]  # kept by the store in columns of their own; may be long and secret
    own["config_hash"] = _hash_again(event.config)
    return own


def config_hash(config: Mapping[str, object]) -> str:
    """Twelve hexadecimal digits that tell one given run config from another."""
    from zlib import crc32

    try:
        text = json.dumps(config, sort_keys=True, default=str).encode()
    except TypeError:  # keys of several types cannot be sorted
        text = json.dumps(plain_json(config), sort_keys=True).encode()
    return f"{crc32(text):08x}{len(text) & 0xFFFF:04x}"


_hash_again = SameAgain(config_hash)


def _end(
    event: ev.StepSucceeded | ev.StepFailed | ev.StepRetrying | ev.StepSkipped | ev.StepNotRun | ev.StepReused,
) -> dict[str, Any]:
    own = _fields(event)
    failure = own.pop("failure", None)
    if failure is not None:
        own["failure"] = {"description": failure.description, "metadata": _metadata(failure.metadata)}
    return {"status": event.status, **own}


_USUAL_RESOURCES = ("io_manager",)


def _plan(event: ev.PlanMade) -> dict[str, Any]:
    return {"ops": list(map(_planned_op, event.ops)), **({"why": dict(event.why)} if event.why else {})}


def _planned_op(op: ev.PlannedOp) -> dict[str, Any]:
    shown: dict[str, Any] = {"key": op.key, "op": op.op, "upstream": list(op.upstream)}
    if op.mapped:
        shown["mapped"] = True
    if op.resources != _USUAL_RESOURCES:
        shown["resources"] = list(op.resources)
    return shown


def _asset(event: ev.AssetReported) -> dict[str, Any]:
    asset: Any = event.asset
    return {
        "asset": asset.asset_key.to_user_string(),
        "kind": type(asset).__name__,
        "description": asset.description,
        "metadata": _metadata(asset.metadata),
        "partition": asset.partition,
        **({"tags": dict(asset.tags)} if asset.tags else {}),
    }


def _expectation(event: ev.ExpectationReported) -> dict[str, Any]:
    expectation: Any = event.expectation
    return {
        "success": expectation.success,
        "label": expectation.label,
        "description": expectation.description,
        "metadata": _metadata(expectation.metadata),
    }


def _log(event: ev.LogWritten) -> dict[str, Any]:
    return {**_fields(event), "stream": "log"}


def _named(name: str) -> DagsterName:
    return lambda event: name


def _run_end_name(event: ev.RunEnded) -> str:
    return {"success": "RUN_SUCCESS", "canceled": "RUN_CANCELED"}.get(event.status, "RUN_FAILURE")


_SHAPES: dict[type[ev.Event], tuple[str, DagsterName | None, Shape]] = {
    ev.RunStarted: ("run.start", _named("RUN_START"), _run_start),
    ev.PlanMade: ("run.plan", None, _plan),
    ev.StepsMapped: ("run.mapped", None, _fields),
    ev.RunEnded: ("run.end", _run_end_name, _fields),
    ev.EngineNoted: ("run.note", _named("ENGINE_EVENT"), _fields),
    ev.ResourcesOpening: ("resource.opening", _named("RESOURCE_INIT_STARTED"), _fields),
    ev.ResourcesOpened: ("resource.open", _named("RESOURCE_INIT_SUCCESS"), _fields),
    ev.ResourceFailed: ("resource.failed", _named("RESOURCE_INIT_FAILURE"), _fields),
    ev.StepStarted: (
        "op.start",
        lambda event: "STEP_START" if event.attempt == 1 else "STEP_RESTARTED",
        _step_start,
    ),
    ev.InputLoaded: ("op.input", _named("LOADED_INPUT"), _fields),
    ev.InputChecked: ("op.input_check", _named("STEP_INPUT"), _fields),
    ev.OutputChecked: ("op.output_check", _named("STEP_OUTPUT"), _fields),
    ev.OutputStored: ("op.output", _named("HANDLED_OUTPUT"), _fields),
    ev.AssetReported: (
        "op.asset",
        lambda event: (
            "ASSET_OBSERVATION" if type(event.asset).__name__ == "AssetObservation" else "ASSET_MATERIALIZATION"
        ),
        _asset,
    ),
    ev.ExpectationReported: ("op.expectation", _named("STEP_EXPECTATION_RESULT"), _expectation),
    ev.LogWritten: ("op.log", None, _log),
    ev.Progressed: ("op.progress", None, _fields),
    ev.StepRetrying: ("op.retry", _named("STEP_UP_FOR_RETRY"), _end),
    ev.StepSucceeded: ("op.end", _named("STEP_SUCCESS"), _end),
    ev.StepFailed: ("op.end", _named("STEP_FAILURE"), _end),
    ev.StepSkipped: ("op.end", _named("STEP_SKIPPED"), _end),
    ev.StepNotRun: ("op.end", None, _end),
    ev.StepReused: ("op.end", None, _end),
    ev.HookRan: ("op.hook", lambda event: f"HOOK_{event.outcome.upper()}", _fields),
}
_UNKNOWN: tuple[str, DagsterName | None, Shape] = ("other", None, _fields)
_OF_A_STEP = (
    ev.EngineNoted,
    ev.ResourcesOpening,
    ev.ResourcesOpened,
    ev.ResourceFailed,
    ev.StepSkipped,
    ev.StepReused,
    ev.StepNotRun,
)

# -- the commonest kinds as text: what `parts` says of them, at a tenth of its price -----------------------------------


def _plan_text(event: ev.PlanMade) -> str:
    """Op by op, since a plan may be long."""
    why = f',"why":{dumps(dict(event.why))}' if event.why else ""
    return f'{{"ops":[{_planned_texts(event.ops)}]{why}}}'


def _planned_text(op: ev.PlannedOp) -> str:
    if op.resources != _USUAL_RESOURCES:
        return dumps(_planned_op(op))
    mapped = ',"mapped":true' if op.mapped else ""
    return f'{{"key":{_quote(op.key)},"op":{_quote(op.op)},"upstream":[{",".join(map(_quote, op.upstream))}]{mapped}}}'


def _started(event: ev.StepStarted) -> str:
    dagster = "STEP_START" if event.attempt == 1 else "STEP_RESTARTED"
    worker = f',"worker":{_quote(event.worker)}' if event.worker is not None else ""
    return f'{{"pid":{event.pid},"log":{_text(event.log)}{worker},"dagster":"{dagster}"}}'


def _input(event: ev.InputLoaded) -> str:
    return (
        f'{{"input":{_quote(event.input)},"manager_key":{_quote(event.manager_key)},'
        f'"upstream_step":{_text(event.upstream_step)},"upstream_output":{_text(event.upstream_output)},'
        f'"mapping_key":{_text(event.mapping_key)},"metadata":{_object(event.metadata)},"dagster":"LOADED_INPUT"}}'
    )


def _input_checked(event: ev.InputChecked) -> str:
    return (
        f'{{"input":{_quote(event.input)},"type":{_quote(event.type)},"success":{_value(event.success)},'
        f'"description":{_text(event.description)},"metadata":{_object(event.metadata)},"dagster":"STEP_INPUT"}}'
    )


def _output_checked(event: ev.OutputChecked) -> str:
    return (
        f'{{"output":{_quote(event.output)},"type":{_quote(event.type)},"mapping_key":{_text(event.mapping_key)},'
        f'"success":{_value(event.success)},"description":{_text(event.description)},'
        f'"check_metadata":{_object(event.check_metadata)},"metadata":{_object(event.metadata)},"dagster":"STEP_OUTPUT"}}'
    )


def _output(event: ev.OutputStored) -> str:
    return (
        f'{{"output":{_quote(event.output)},"manager_key":{_quote(event.manager_key)},'
        f'"mapping_key":{_text(event.mapping_key)},"metadata":{_object(event.metadata)},"path":{_text(event.path)},'
        f'"bytes":{_value(event.bytes)},"dagster":"HANDLED_OUTPUT"}}'
    )


def _logged(event: ev.LogWritten) -> str:
    return (
        f'{{"level":{_quote(event.level)},"text":{_quote(event.text)},"logger":{_quote(event.logger)},'
        f'"offset":{_value(event.offset)},"stream":"log"}}'
    )


def _succeeded(event: ev.StepSucceeded) -> str:
    return (
        f'{{"status":"success","seconds":{_value(event.seconds)},"cpu":{_value(event.cpu)},'
        f'"max_rss":{_value(event.max_rss)},"dagster":"STEP_SUCCESS"}}'
    )


_planned_texts = SameAgain[Iterable[ev.PlannedOp]](lambda ops: ",".join(map(_planned_text, ops)))

_quote: Callable[[str], str] = json.encoder.encode_basestring
"""Raises TypeError for what is no string."""


def _text(value: str | None) -> str:
    return "null" if value is None else _quote(value)


def _object(metadata: ev.Metadata) -> str:
    return dumps(_metadata(metadata)) if metadata else "{}"


def _value(value: Any) -> str:
    if value is None:
        return "null"
    if value is True:
        return "true"
    kind = type(value)
    return repr(value) if kind is int or (kind is float and -_INFINITE < value < _INFINITE) else dumps(value)


_TEXT_OF: Mapping[type[ev.Event], Callable[[Any], str]] = {
    ev.PlanMade: _plan_text,
    ev.StepStarted: _started,
    ev.InputLoaded: _input,
    ev.InputChecked: _input_checked,
    ev.OutputChecked: _output_checked,
    ev.OutputStored: _output,
    ev.LogWritten: _logged,
    ev.StepSucceeded: _succeeded,
}
_TEXTS = {kind: (_SHAPES[kind][0], text_of) for kind, text_of in _TEXT_OF.items()}
"""With the names under which they are recorded."""

# -- reading ---------------------------------------------------------------------------------------------------------

_READ: dict[str, type[ev.Event]] = {name: kind for kind, (name, _, _) in _SHAPES.items()}


def _read_asset(at: float, step: str, attempt: int, body: Mapping[str, Any]) -> ev.Event:
    from dagjob.values.asset_key import AssetKey
    from dagjob.values.observations import AssetMaterialization, AssetObservation

    kind = AssetObservation if body["kind"] == "AssetObservation" else AssetMaterialization
    key = AssetKey.from_user_string(body["asset"])
    metadata, tags = body["metadata"], body.get("tags")
    return ev.AssetReported(at, step, attempt, kind(key, body["description"], metadata, body["partition"], tags))


def _read_expectation(at: float, step: str, attempt: int, body: Mapping[str, Any]) -> ev.Event:
    from dagjob.values.observations import ExpectationResult

    found = ExpectationResult(body["success"], body["label"], body["description"], body["metadata"])
    return ev.ExpectationReported(at, step, attempt, found)


_REPORTS: Mapping[type[ev.Event], Callable[[float, str, int, Mapping[str, Any]], ev.Event]] = {
    ev.AssetReported: _read_asset,
    ev.ExpectationReported: _read_expectation,
}


def _kind_of_end(status: str, attempt: int | None) -> type[ev.Event]:
    if attempt is None:
        without_attempt: dict[str, type[ev.Event]] = {"skipped": ev.StepSkipped, "reused": ev.StepReused}
        return without_attempt.get(status, ev.StepNotRun)
    return ev.StepSucceeded if status == ev.StepSucceeded.status else ev.StepFailed


def _planned(op: Mapping[str, Any]) -> ev.PlannedOp:
    resources = tuple(op.get("resources", _USUAL_RESOURCES))
    return ev.PlannedOp(op["key"], op["op"], tuple(op["upstream"]), op.get("mapped", False), resources)


def _read(key: str, value: Any) -> Any:
    if key == "error":
        return error_from_json(value)
    if key == "failure" and value is not None:
        return ev.FailureData(value["description"], value["metadata"])
    if key == "ops":
        return tuple(_planned(op) for op in value)
    return tuple(value) if isinstance(value, list) else value
