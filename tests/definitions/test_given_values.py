"""What a `Config` or resource class gets of a config: what was given, validated once; defaults are pydantic's business."""

import contextlib
import enum
import itertools
import json
import pickle
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import pytest
from pydantic import Field, PrivateAttr, ValidationError, field_validator, model_validator

import dagjob as dg
from dagjob.config.runconfig import ClassValues
from dagjob.plan.resolve import resolve


class Inner(dg.Config):
    a: int = 1
    b: str = "x"

    @field_validator("b")
    @classmethod
    def mark(cls, value: str) -> str:
        return value + "!"


SEEN: list[Any] = []


class Outer(dg.Config):
    limit: int = Field(default=-1, ge=1)
    text: str = None  # type: ignore[assignment]
    number: float = 2
    inner: Inner = Inner(b="q")
    plain: Inner = Inner()
    needed: Inner
    many: list[Inner] = []

    @model_validator(mode="before")
    @classmethod
    def see(cls, data: Any) -> Any:
        SEEN.append(data)
        return data


class Table(dg.Config):
    name: str
    tags: list[str] = Field(default_factory=list)

    @field_validator("name")
    @classmethod
    def prefix(cls, value: str) -> str:
        return f"raw.{value}"


class Api(dg.ConfigurableResource):  # type: ignore[type-arg]
    base: str
    token: str = "none"
    text: str = None  # type: ignore[assignment]
    retries: int = Field(default=0, ge=1)
    _calls: list[int] = PrivateAttr(default_factory=list)

    @field_validator("base")
    @classmethod
    def version(cls, value: str) -> str:
        return f"{value}/v1"


class Client(dg.ConfigurableResource):  # type: ignore[type-arg]
    api: Api
    k: int = 0


def got(run_config: Any, cls: type = Outer, **kwargs: Any) -> Any:
    """What an op with a config of this class gets."""
    seen: list[Any] = []

    def body(config: Any) -> None:
        seen.append(config)

    body.__annotations__["config"] = cls
    node = dg.op(name="f")(body)

    @dg.job
    def one() -> None:
        node()

    one.execute_in_process(run_config=run_config, **kwargs)
    return seen[0]


def got_resource(resources: dict[str, Any], run_config: Any = None) -> Any:
    seen: list[Any] = []

    @dg.op(required_resource_keys={"r"})
    def f(context) -> None:  # type: ignore[no-untyped-def]
        seen.append(context.resources.r)

    @dg.job(resource_defs=resources)
    def one() -> None:
        f()

    one.execute_in_process(run_config=run_config)
    return seen[0]


def of(config: dict[str, Any]) -> dict[str, Any]:
    return {"ops": {"f": {"config": config}}}


def test_no_validator_sees_a_default() -> None:
    SEEN.clear()
    config = got(of({}))
    assert (config.limit, config.text, type(config.number), config.plain.b, config.inner.b) == (
        -1,
        None,
        int,
        "x",
        "q!",
    )
    assert config.model_fields_set == {"needed"}
    assert SEEN == [{"needed": {}}]


def test_what_is_given_is_validated_at_every_depth_and_alone() -> None:
    SEEN.clear()
    config = got(of({"number": 3, "needed": {"a": 2}, "many": [{"a": 5}, {"b": "z"}]}))
    assert (config.number, config.needed.b, [each.b for each in config.many]) == (3.0, "x", ["x", "z!"])
    assert config.model_fields_set == {"number", "needed", "many"}
    assert config.many[1].model_fields_set == {"b"}
    assert SEEN == [{"number": 3.0, "needed": {"a": 2}, "many": [{"a": 5}, {"b": "z"}]}]


def test_a_given_default_is_given() -> None:
    with pytest.raises(ValidationError, match="greater than or equal to 1"):
        got(of({"limit": -1}))


def test_a_default_object_of_which_a_part_is_given_keeps_the_rest_as_it_is() -> None:
    config = got(of({"inner": {"a": 3}}))
    assert (config.inner.a, config.inner.b, config.inner.model_fields_set) == (3, "q!", {"a"})


@pytest.mark.parametrize("config", [Table(name="t"), Table(name="t", tags=["x"])])
def test_an_object_in_a_run_config_is_used_as_it_is(config: Table) -> None:
    found = got(dg.RunConfig(ops={"f": config}), Table)
    assert (found, found.model_fields_set) == (config, config.model_fields_set)


def test_an_object_inside_of_another_is_used_as_it_is() -> None:
    given = Outer(needed=Inner(b="n"), many=[Inner(b="m")])
    assert got(dg.RunConfig(ops={"f": given})) == given


@pytest.mark.parametrize("way", ["job", "mapping", "configured"])
def test_an_object_that_code_returns_is_used_as_it_is(way: str) -> None:
    seen: list[Any] = []

    @dg.op
    def load(config: Table) -> None:
        seen.append(config.name)

    run_config = dg.RunConfig(ops={"load": Table(name="t")})

    @dg.graph
    def body() -> None:
        load()

    @dg.job
    def with_configured() -> None:
        load.configured(Table(name="t"), name="loaded")()

    def mapped(_: Any) -> Any:
        return run_config

    jobs = {
        "job": lambda: body.to_job(config=run_config),
        "mapping": lambda: body.to_job(config=dg.ConfigMapping(mapped)),
        "configured": lambda: with_configured,
    }
    jobs[way]().execute_in_process()
    assert seen == ["raw.t"]


def test_an_env_var_in_an_object_is_validated_once_with_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TABLE_NAME", "t")
    assert got(dg.RunConfig(ops={"f": Table(name=dg.EnvVar("TABLE_NAME"), tags=["x"])}), Table) == Table(
        name="t", tags=["x"]
    )
    found = got(dg.RunConfig(ops={"f": Outer(needed=Inner(b=dg.EnvVar("TABLE_NAME")), many=[Inner(b="m")])}))
    assert (found.needed.b, found.many[0].b) == ("t!", "m!")


def test_a_resource_is_built_of_what_its_constructor_was_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("API_TOKEN", "s3")
    api = Api(base="http://x", token=dg.EnvVar("API_TOKEN"))
    found = got_resource({"r": api})
    assert (found.base, found.token, found.text, found.retries) == ("http://x/v1", "s3", None, 0)
    assert found.model_fields_set == {"base", "token"}
    assert found._calls is not api._calls
    assert got_resource({"r": Client(api=api)}).api.base == "http://x/v1"
    assert got_resource({"r": api.model_copy(update={"base": "as it is"})}).base == "as it is"


def test_a_resource_from_the_run_config_is_given_what_that_says() -> None:
    given = {"resources": {"r": {"config": {"base": "b"}}}}
    for resource in (Api(base="a", token="t"), Api.configure_at_launch()):
        found = got_resource({"r": resource}, given)
        assert (found.base, found.token, found.model_fields_set) == ("b/v1", "none", {"base"})
    found = got_resource({"r": Api.configure_at_launch(base="w")}, {"resources": {"r": {"config": {"token": "t"}}}})
    assert (found.base, found.model_fields_set) == ("w/v1", {"base", "token"})


COUNT = itertools.count()


class Drawn(dg.Config):
    number: int = Field(default_factory=lambda: next(COUNT))
    inner: Inner = Field(default_factory=lambda: Inner(a=next(COUNT)))


def test_a_default_factory_draws_once_a_run() -> None:
    seen: list[Any] = []

    @dg.op(retry_policy=dg.RetryPolicy(max_retries=2))
    def f(context, config: Drawn) -> None:  # type: ignore[no-untyped-def]
        seen.append((config.number, config.inner.a, context.op_config["number"], config.model_fields_set))
        if context.retry_number < 2:
            raise ValueError

    @dg.job
    def one() -> None:
        f()

    before = next(COUNT)
    one.execute_in_process()
    assert seen == [(before + 1, before + 2, before + 1, set())] * 3


JOBS = """
import contextlib
import enum
import itertools
import json
import dagjob as dg
from dagjob.plan.resolve import resolve
from pydantic import Field, field_validator

COUNT = itertools.count()

class Table(dg.Config):
    name: str
    number: int = Field(default_factory=lambda: next(COUNT))
    limit: int = Field(default=-1, ge=1)

    @field_validator("name")
    @classmethod
    def prefix(cls, value):
        return f"raw.{value}"

class Api(dg.ConfigurableResource):
    base: str

    @field_validator("base")
    @classmethod
    def version(cls, value):
        return f"{value}/v1"

@dg.op
def load(config: Table, api: Api):
    print("GOT", config.name, config.limit, config.number, api.base)

@dg.op
def drawn(config: Table):
    print("DRAWN", config.number)

@dg.job(
    config=dg.RunConfig(ops={"load": Table(name="t", number=7), "drawn": Table(name="u", number=8)}),
    resource_defs={"api": Api(base="http://x")},
)
def daily():
    load()
    drawn()

@dg.job(config={"ops": {"drawn": {"config": {"name": "u"}}}})
def drawing():
    drawn()
"""


@pytest.mark.parametrize("method", ["preloaded", "spawn"])
def test_other_processes_get_the_same(method: str, dagjob: Callable[..., Any], project: Callable[..., Path]) -> None:
    project("jobs.py", JOBS)
    how = f"execution.config.multiprocess.start_method={{{method}: {{}}}}"
    done = dagjob("run", "jobs.py:daily", "--set", how, "--show-output", "all")
    assert "GOT raw.t -1 7 http://x/v1" in done.stdout + done.stderr


def test_the_history_keeps_what_was_drawn(dagjob: Callable[..., Any], project: Callable[..., Path]) -> None:
    project("jobs.py", JOBS)
    home = project() / "state"
    assert dagjob("run", "jobs.py:drawing", "--home", str(home)).code == 0
    with contextlib.closing(sqlite3.connect(next(home.glob("*.db")))) as history:
        [(given, kept)] = history.execute("SELECT config, resolved FROM runs")
    assert json.loads(given) == {}
    assert json.loads(kept)["ops"] == {"drawn": {"config": {"name": "u", "number": 0}}}


def test_values_travel_without_the_module_of_their_class() -> None:
    values = dg.RunConfig(ops={"f": Table(name="t")})
    kept = ClassValues({"name": "raw.t"}, {"name"}, None)
    assert pickle.loads(pickle.dumps(kept)) == {"name": "raw.t"}
    assert pickle.loads(pickle.dumps(values)).to_config_dict() == values.to_config_dict()


class Bounds(dg.Config):
    low: int = Field(default=1, ge=0)
    high: int = Field(default=2, ge=0)
    name: str
    inner: Inner = Inner()
    steps: dict[str, Table] = {}

    @model_validator(mode="after")
    def ordered(self) -> Self:
        raise ValueError("low must be below high")

    @field_validator("name")
    @classmethod
    def short(cls, value: str) -> str:
        if len(value) > 3:
            raise ValueError("too long")
        return value


class Pool(dg.ConfigurableResource):  # type: ignore[type-arg]
    size: int = Field(ge=1)
    name: str


@dg.op
def bounded(config: Bounds, pool: Pool) -> None: ...


@dg.job(resource_defs={"pool": Pool.configure_at_launch()})
def bounds() -> None:
    bounded()


@pytest.mark.parametrize(
    ("config", "told"),
    [
        ({"low": -1, "high": "x", "name": "long name"}, {"high": "expected int", "low": "greater", "name": "too long"}),
        ({"low": -1, "hihg": 4, "name": "long name"}, {"hihg": "unknown", "low": "greater", "name": "too long"}),
        ({"low": -1, "inner": {"x": 1}}, {"": "missing", "inner.x": "unknown", "low": "greater"}),
        ({"hihg": 4, "name": "ok"}, {"hihg": "unknown"}),
        ({"name": "ok"}, {"": "low must be below high"}),
    ],
)
def test_all_mistakes_of_one_object_are_told_at_once(config: dict[str, Any], told: dict[str, str]) -> None:
    for given in ({"size": 0, "nmae": "x"}, {"size": 0, "name": 5}):
        document = {"ops": {"bounded": {"config": config}}, "resources": {"pool": {"config": given}}}
        with pytest.raises(dg.DagjobInvalidConfigError) as caught:
            resolve(bounds, document, check_instances=True)
        found = {".".join(map(str, problem.path)): problem.what for problem in caught.value.errors}
        ops = {
            path.removeprefix("ops.bounded.config").lstrip("."): what for path, what in found.items() if "ops" in path
        }
        assert sorted(ops) == sorted(told)
        assert all(part in ops[key] for key, part in told.items())
        assert "greater than or equal to 1" in found["resources.pool.config.size"]


@pytest.mark.parametrize("given", [{}, {"resources": {}}, {"resources": {"pool": {}}}])
def test_a_config_that_is_missing_as_a_whole_is_missed_once(given: dict[str, Any]) -> None:
    document = {"ops": {"bounded": {"config": {"low": "x", "name": "ok"}}}, **given}
    with pytest.raises(dg.DagjobInvalidConfigError) as caught:
        resolve(bounds, document, check_instances=True)
    assert sorted(problem.code for problem in caught.value.errors) == ["DJ202", "DJ203"]


def test_a_resource_that_nothing_needs_asks_for_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("USED_URL", "u")
    monkeypatch.delenv("WAREHOUSE_URL", raising=False)
    unset = dg.EnvVar("WAREHOUSE_URL")
    schema = {"url": dg.Field(dg.StringSource, default_value=unset)}
    shared = {
        "r": Api(base=dg.EnvVar("USED_URL")),
        "warehouse": Api(base=unset),
        "later": Api.configure_at_launch(base=unset),
        "client": Client(api=Api(base=unset)),
        "old": dg.ResourceDefinition(lambda context: None, config_schema=schema),
    }
    assert got_resource(shared).base == "u/v1"
    with pytest.raises(dg.DagjobInvalidConfigError, match="WAREHOUSE_URL"):
        got_resource({"r": shared["warehouse"]})


class Loose(dg.PermissiveConfig):
    a: int = 1
    more: dict[str, Any] = {}


def test_an_env_var_is_read_wherever_it_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOOSE_A", "x")
    monkeypatch.setenv("LOOSE_N", "5")
    a, n = dg.EnvVar("LOOSE_A"), dg.EnvVar.int("LOOSE_N")
    config = Loose(other=a, more={"deep": [{"here": n}, {"env": "left as it is"}]})
    found = got(dg.RunConfig(ops={"f": config}), Loose)
    assert (found.other, found.more) == ("x", {"deep": [{"here": 5}, {"env": "left as it is"}]})
    assert dg.RunConfig(ops={"f": config}).to_config_dict()["ops"]["f"]["config"]["other"] == {"env": "LOOSE_A"}
    monkeypatch.delenv("LOOSE_A")
    with pytest.raises(dg.DagjobInvalidConfigError, match="LOOSE_A"):
        got(dg.RunConfig(ops={"f": config}), Loose)


class Colour(enum.Enum):
    RED = "r"
    BLUE = "b"


class Level(enum.StrEnum):
    LOW = "low text"


class Paint(dg.Config):
    colour: Colour
    level: Level = Level.LOW


class Brush(dg.ConfigurableResource):  # type: ignore[type-arg]
    colour: Colour
    width: int = 0


@pytest.mark.parametrize("way", ["mapping", "configured", "function", "graph", "job"])
def test_code_may_give_members_of_an_enum(way: str) -> None:
    seen: list[Any] = []
    choice = dg.Enum("Choice", [dg.EnumValue("crimson", python_value=Colour.RED)])

    @dg.op
    def f(config: Paint) -> None:
        seen.append((config.colour, config.level))

    @dg.op(config_schema={"c": choice, "v": dg.Enum.from_python_enum_direct_values(Colour)})
    def g(context) -> None:  # type: ignore[no-untyped-def]
        seen.append(context.op_config)

    paint: dict[str, Any] = {"colour": Colour.RED, "level": Level.LOW}
    plain: dict[str, Any] = {"c": Colour.RED, "v": Colour.BLUE}
    entries = {"f": {"config": paint}, "g": {"config": plain}}

    @dg.graph
    def both() -> None:
        f()
        g()

    @dg.graph(config=dg.ConfigMapping(lambda _: entries))
    def mapped() -> None:
        f()
        g()

    @dg.graph
    def configured() -> None:
        f.configured(paint, name="f2")()
        g.configured(plain, name="g2")()

    @dg.graph
    def by_function() -> None:
        f.configured(lambda _: paint, config_schema={}, name="f2")()
        g.configured(lambda _: plain, config_schema={}, name="g2")()

    jobs = {
        "mapping": lambda: both.to_job(config=dg.ConfigMapping(lambda _: {"ops": entries})),
        "graph": lambda: mapped.to_job(),
        "configured": lambda: configured.to_job(),
        "function": lambda: by_function.to_job(),
        "job": lambda: both.to_job(config={"ops": entries}),
    }
    jobs[way]().execute_in_process()
    assert sorted(map(str, seen)) == sorted(map(str, [(Colour.RED, Level.LOW), {"c": Colour.RED, "v": "b"}]))


def test_a_member_of_an_enum_may_be_preset_at_launch() -> None:
    given = {"resources": {"r": {"config": {"width": 3}}}}
    found = got_resource({"r": Brush.configure_at_launch(colour=Colour.BLUE)}, given)
    assert (found.colour, found.width) == (Colour.BLUE, 3)


def test_an_env_var_is_read_for_a_direct_call(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIRECT_NAME", "t")

    @dg.op
    def f(config: Table) -> tuple[str, list[str]]:
        return config.name, config.tags

    assert f(config=Table(name=dg.EnvVar("DIRECT_NAME"), tags=["x"])) == ("raw.t", ["x"])


def test_the_class_of_an_io_manager_says_the_config_of_inputs_and_outputs() -> None:
    seen: list[Any] = []

    class Where(dg.Config):
        name: str

    class How(dg.Config):
        rows: int = 3

    class Store(dg.ConfigurableIOManager):
        @classmethod
        def output_config_schema(cls) -> type[dg.Config]:
            return Where

        @classmethod
        def input_config_schema(cls) -> type[dg.Config]:
            return How

        def handle_output(self, context: Any, obj: Any) -> None:
            seen.append(context.config)

        def load_input(self, context: Any) -> Any:
            seen.append(context.config)
            return 1

    class Maker(dg.ConfigurableIOManagerFactory):  # type: ignore[type-arg]
        @classmethod
        def output_config_schema(cls) -> type[dg.Config]:
            return Where

        @classmethod
        def input_config_schema(cls) -> type[dg.Config]:
            return How

        def create_io_manager(self, context: Any) -> Any:
            return Store()

    @dg.op(out=dg.Out(io_manager_key="store"))
    def one() -> int:
        return 1

    @dg.op(ins={"x": dg.In(input_manager_key="store")})
    def two(x: int) -> None: ...

    @dg.graph
    def both() -> None:
        two(one())

    for store in (Store(), Maker(), Store.configure_at_launch()):
        seen.clear()
        made = both.to_job(resource_defs={"store": store})
        given = {"ops": {"one": {"outputs": {"result": {"name": "a"}}}, "two": {"inputs": {"x": {"rows": 5}}}}}
        made.execute_in_process(run_config=given)
        assert seen == [{"name": "a"}, {"rows": 5}]
        with pytest.raises(dg.DagjobInvalidConfigError, match="rows"):
            given["ops"]["two"]["inputs"]["x"]["rows"] = "many"  # type: ignore[dict-item]
            made.execute_in_process(run_config=given)


def test_the_class_of_a_resource_may_be_configured() -> None:
    class Short(dg.Config):
        host: str

    @dg.configured(Api)
    def by_dict(config: Short) -> dict[str, Any]:
        return {"base": config.host}

    @dg.configured(Api)
    def by_object(config: Short) -> Any:
        return Api(base=config.host, token="t")

    given = {"resources": {"r": {"config": {"host": "h"}}}}
    assert got_resource({"r": by_dict}, given).base == "h/v1"
    assert (got_resource({"r": by_object}, given).base, got_resource({"r": by_object}, given).token) == ("h/v1", "t")
    with pytest.raises(dg.CheckError, match="cannot be configured"):
        dg.configured(Table)(lambda config: config)


def test_a_part_may_be_given_as_a_dict() -> None:
    assert Client(api={"base": "b"}).api == Api(base="b")  # type: ignore[arg-type]
    assert Client.model_validate({"api": {"base": "b"}}).api.base == "b/v1"


def test_a_schema_beside_a_class_that_is_one_is_refused() -> None:
    def mapped(config: Inner) -> Any: ...

    with pytest.raises(dg.CheckError, match="Leave out config_schema"):
        dg.ConfigMapping(mapped, config_schema={"a": int})
    with pytest.raises(dg.CheckError, match="Leave out config_schema"):
        dg.ResourceDefinition.string_resource().configured(mapped, config_schema={"a": int})


def test_what_no_config_can_hold_is_told_in_our_words() -> None:
    class Thing: ...

    class Odd(dg.Config):
        thing: Thing

    class Mistaken(dg.ConfigurableResource):  # type: ignore[type-arg]
        text: str = dg.Field(str, description="no")

    with pytest.raises(dg.DagjobInvalidPythonicConfigDefinitionError, match=r"Odd\.thing is of the type Thing"):

        @dg.op
        def f(config: Odd) -> None: ...

    with pytest.raises(dg.DagjobInvalidDefinitionError, match=r"Mistaken\.text has a Field of dagjob"):
        Mistaken(text="x")
    for bare in (dg.Set, dg.Tuple, dg.Set[int]):
        with pytest.raises(dg.DagjobInvalidDefinitionError, match="no config schema"):
            dg.Field(bare)
