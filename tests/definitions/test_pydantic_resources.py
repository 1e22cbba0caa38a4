"""Configurable resources: what their definition says, and their life inside a run."""

from typing import Any

import pytest
from pydantic import PrivateAttr, ValidationError

from dagjob.config.kind import resolve
from dagjob.config.runconfig import EnvVar
from dagjob.definitions.iomanagers import IOManagerDefinition
from dagjob.definitions.pydantic_resources import (
    ConfigurableIOManager,
    ConfigurableIOManagerFactory,
    ConfigurableResource,
    ConfigurableResourceFactory,
    ResourceDependency,
)
from dagjob.definitions.resources import (
    is_resource_annotation,
    resource,
    to_resource_definition,
    to_resource_definitions,
)
from dagjob.engine.resources import OpenResources
from dagjob.errors import (
    CheckError,
    DagjobInvalidConfigError,
    DagjobInvalidInvocationError,
    DagjobResourceFunctionError,
)


class Run:
    """What opening resources wants to know of a run."""

    run_id, job, config, tags, parent_run_id, root_run_id = "r", "j", {}, {}, None, None

    def __init__(self, resources):
        self.resources = resources


def in_use(objects, config=None, environ=None):
    """Open resources as a run with this `resources` config does, and return them still open, with their closing."""
    definitions = to_resource_definitions(objects, "test")
    for definition in definitions.values():
        if hasattr(definition, "bind"):
            definition.bind(definitions)
    resolved = {}
    for key, definition in definitions.items():
        schema = definition.config_schema
        if schema is not None:
            entry = (config or {}).get(key, getattr(schema, "default", None))
            checked = resolve(schema, entry, environ or {})
            if checked.problems:
                raise AssertionError([problem.message for problem in checked.problems])
            resolved[key] = checked.value
    opened = OpenResources()
    opened.open(definitions, definitions, Run(resolved), lambda event: None)
    return opened.by_key, lambda: opened.close(lambda event: None)


def used(objects, config=None, environ=None):
    by_key, close = in_use(objects, config, environ)
    close()
    return by_key


class Db(ConfigurableResource):
    """A database."""

    url: str
    n: int = 2
    _conn: Any = PrivateAttr(default=None)
    _log: list = PrivateAttr(default_factory=list)

    def setup_for_execution(self, context):
        self._conn = f"<{self.url} {self.n}>"
        self._log.append("open")

    def teardown_after_execution(self, context):
        self._log.append("closed")


def test_the_constructor_gives_the_default_and_a_config_replaces_all_of_it():
    assert used({"db": Db(url="u", n=7)})["db"]._conn == "<u 7>"
    assert used({"db": Db(url="u", n=7)}, {"db": {"url": "v"}})["db"]._conn == "<v 2>"


def test_what_is_configured_at_launch_keeps_its_defaults():
    partial = Db.configure_at_launch(n=9)
    assert used({"db": partial}, {"db": {"url": "w"}})["db"]._conn == "<w 9>"
    assert partial.to_resource_definition().config_schema.is_required


def test_the_run_uses_a_copy_that_is_set_up_and_torn_down():
    template = Db(url="u")
    by_key, close = in_use({"db": template})
    db = by_key["db"]
    assert db is not template and template._conn is None
    assert db._log == ["open"]
    assert db.get_resource_context().resource_config == {"url": "u", "n": 2}
    close()
    assert db._log == ["open", "closed"]
    with pytest.raises(CheckError):
        template.get_resource_context()


def test_the_environment_is_read_for_the_run():
    template = Db(url=EnvVar("URL"), n=EnvVar.int("N"))
    assert used({"db": template}, environ={"URL": "e", "N": "5"})["db"]._conn == "<e 5>"


def test_the_constructor_judges_and_the_instance_is_frozen():
    with pytest.raises(ValidationError):
        Db()
    with pytest.raises(ValidationError):
        Db(url="u", n="many")
    with pytest.raises(DagjobInvalidInvocationError, match="Db is frozen"):
        Db(url="u").n = 3


def test_a_resource_class_marks_a_parameter():
    assert is_resource_annotation(Db)
    assert to_resource_definition(Db(url="u")).description == "A database."


def test_yield_for_execution_may_hand_out_another_object():
    closed = []

    class Wrapped(ConfigurableResource):
        size: int = 3

        def yield_for_execution(self, context):
            from contextlib import contextmanager

            @contextmanager
            def around():
                yield [0] * self.size
                closed.append(True)

            return around()

    assert used({"w": Wrapped()}) == {"w": [0, 0, 0]}
    assert closed == [True]


def test_yield_for_execution_may_be_asynchronous():
    from contextlib import asynccontextmanager

    heard = []

    class Later(ConfigurableResource):
        @asynccontextmanager
        async def yield_for_execution(self, context):
            heard.append("in")
            yield self
            heard.append("out")

    assert isinstance(used({"l": Later()})["l"], Later)
    assert heard == ["in", "out"]


def test_a_factory_makes_what_ops_get():
    class Numbers(ConfigurableResourceFactory[list]):
        n: int

        def create_resource(self, context):
            return list(range(self.n))

    assert used({"x": Numbers(n=3)}) == {"x": [0, 1, 2]}


def test_an_io_manager_class_has_the_definition_of_one():
    class Store(ConfigurableIOManager):
        prefix: str

        def handle_output(self, context, obj): ...
        def load_input(self, context): ...

    class Maker(ConfigurableIOManagerFactory):
        def create_io_manager(self, context):
            return Store(prefix="made")

    assert isinstance(to_resource_definition(Store(prefix="s")), IOManagerDefinition)
    assert isinstance(to_resource_definition(Maker()), IOManagerDefinition)
    by_key = used({"io": Store(prefix="s"), "made": Maker()})
    assert (by_key["io"].prefix, by_key["made"].prefix) == ("s", "made")
    with pytest.raises(TypeError):

        class Half(ConfigurableIOManager):
            def handle_output(self, context, obj): ...

        Half()


log = []


class Inner(ConfigurableResource):
    name: str

    def setup_for_execution(self, context):
        log.append("up " + self.name)

    def teardown_after_execution(self, context):
        log.append("down " + self.name)


@resource
def legacy(_):
    return "legacy"


class Outer(ConfigurableResource):
    a: Inner
    b: Inner
    c: ResourceDependency[str]
    own: int = 1

    def setup_for_execution(self, context):
        log.append(f"outer {self.a.name} {self.b.name} {self.c} {self.own}")


def test_parts_are_opened_before_their_owner_and_closed_after_it():
    log.clear()
    late = Inner.configure_at_launch()
    outer = Outer(a=Inner(name="fixed"), b=late, c=legacy)
    _, close = in_use({"outer": outer, "any_key": late}, {"any_key": {"name": "late"}, "outer": {"own": 5}})
    log.append("op")
    close()
    assert log == ["up late", "up fixed", "outer fixed late legacy 5", "op", "down fixed", "down late"]


def test_parts_are_no_config():
    schema = to_resource_definition(Outer(a=Inner(name="x"), b=Inner(name="y"), c="c")).config_schema
    assert list(schema.config_type.fields) == ["own"]


def test_a_part_for_the_launch_must_be_a_resource_itself():
    outer = Outer(a=Inner(name="fixed"), b=Inner.configure_at_launch(), c=5)
    with pytest.raises(CheckError, match="top level"):
        in_use({"outer": outer})


def test_a_part_of_a_part_reads_its_own_environment(monkeypatch):
    class Deep(ConfigurableResource):
        inner: Inner

    monkeypatch.setenv("DAGJOB_TEST_NAME", "from env")
    deep = Deep(inner=Inner(name=EnvVar("DAGJOB_TEST_NAME")))
    assert used({"deep": deep})["deep"].inner.name == "from env"
    monkeypatch.delenv("DAGJOB_TEST_NAME")
    with pytest.raises(DagjobInvalidConfigError, match="DAGJOB_TEST_NAME") as raised:
        used({"deep": deep})
    assert raised.value.__notes__ == ['while the resource "deep" was made']


def test_a_validator_that_says_no_is_the_cause_of_a_resource_that_cannot_be_made():
    from pydantic import Field

    class Small(ConfigurableResource):
        n: int = Field(default=1, lt=5)

    with pytest.raises(DagjobResourceFunctionError) as raised:
        used({"s": Small()}, {"s": {"n": 9}})
    assert isinstance(raised.value.__cause__, ValidationError)


def test_none_in_configure_at_launch_leaves_a_required_field_to_the_run_config():
    class Needy(ConfigurableResource):
        url: str
        user: str | None = "me"

    schema = Needy.configure_at_launch(url=None, user=None).to_resource_definition().config_schema
    assert schema is not None and resolve(schema, {"url": "u"}, {}).value == {"url": "u", "user": None}
    assert resolve(schema, {}, {}).problems
