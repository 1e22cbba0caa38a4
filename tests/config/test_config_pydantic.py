"""`Config` classes: as a schema, as an instance, and back as config."""

import enum
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Dict, List, Literal, Optional, Union  # noqa: UP035

import pytest
from pydantic import BaseModel, Field, PrivateAttr, SecretStr, ValidationError, field_validator, model_validator

from dagjob.config.kind import check, resolve
from dagjob.config.problems import address
from dagjob.config.pydantic_build import build_instance
from dagjob.config.pydantic_config import Config, PermissiveConfig
from dagjob.config.pydantic_problems import instance_problems
from dagjob.config.runconfig import EnvVar
from dagjob.config.schema import Field as DagjobField
from dagjob.config.schema import to_field, to_schema
from dagjob.errors import (
    DagjobInvalidDefinitionError,
    DagjobInvalidInvocationError,
    DagjobInvalidPythonicConfigDefinitionError,
)


class Color(enum.Enum):
    RED = "r"
    BLUE = "b"


class In(Config):
    x: int
    y: str = "yy"


class Cat(Config):
    kind: Literal["cat"] = "cat"
    lives: int = 9


class Dog(Config):
    kind: Literal["dog", "hound"] = "dog"


class Extra(PermissiveConfig):
    a: int = 1


class Everything(Config):
    o: Optional[int]  # noqa: UP045
    n: In = In(x=4)
    many: Dict[str, List[In]] = {}  # noqa: UP006
    c: Color = Color.RED
    lit: Literal["p", "q"] = "p"
    pet: Union[Cat, Dog] = Field(discriminator="kind")  # noqa: UP007
    e: Extra = Extra()


def made(cls, config, environ=None):
    resolved = resolve(to_schema(cls), config, environ or {})
    assert resolved.success, [problem.message for problem in resolved.problems]
    return build_instance(cls, resolved.value)


def reasons(cls, config):
    return [(problem.reason.name, problem.path) for problem in check(to_schema(cls), config).problems]


def test_a_config_of_every_kind_becomes_an_instance():
    config = {
        "n": {"y": "z"},
        "many": {"k": [{"x": 1}]},
        "c": "RED",
        "pet": {"cat": {"lives": 3}},
        "e": {"b": 2},
    }
    c = made(Everything, config)
    assert (c.o, c.n, c.many) == (None, In(x=4, y="z"), {"k": [In(x=1)]})
    assert (c.c, c.lit, c.pet, c.e.b) == (Color.RED, "p", Cat(lives=3), 2)
    assert str(c.n) == "x=4 y='z'"


def test_an_instance_becomes_the_config_that_makes_it():
    c = Everything(o=3, n=In(x=1), many={"k": [In(x=2)]}, c=Color.BLUE, lit="q", pet=Dog(kind="hound"), e=Extra(b=[1]))
    config = c._convert_to_config_dictionary()
    assert config["pet"] == {"hound": {}}
    assert config["c"] == "BLUE"
    assert made(Everything, config) == c


def test_only_fields_that_cannot_be_absent_are_required():
    class C(Config):
        a: int
        b: int = 1
        c: int | None
        d: In
        e: Extra
        f: list[int] = Field(default_factory=lambda: [7])

    (problem,) = check(to_schema(C), {}).problems
    assert set(problem.keys) == {"a", "d"}
    assert made(C, {"a": 1, "d": {"x": 2}}).f == [7]
    assert not to_field(Extra).is_required


def test_a_null_for_a_field_with_default_passes_the_schema_and_then_fails_in_the_class():
    assert reasons(In, {"x": 1, "y": None}) == []
    (problem,) = instance_problems(In, {"x": 1, "y": None}, (("field", "ops"),))
    assert problem.path == ("ops", "y")


def test_the_discriminated_form_of_pydantic_is_no_run_config():
    class C(Config):
        pet: Cat | Dog = Field(discriminator="kind")

    assert reasons(C, {"pet": {"kind": "cat", "lives": 3}}) == [("SELECTOR_FIELD_ERROR", ("pet",))]
    assert reasons(C, {"pet": {"bird": {}}}) == [("FIELD_NOT_DEFINED", ("pet", "bird"))]


def test_an_enum_is_given_by_name_in_config_and_by_member_name_or_value_in_python():
    class C(Config):
        c: Color

    assert reasons(C, {"c": "r"}) == [("RUNTIME_TYPE_MISMATCH", ("c",))]
    assert {C(c=Color.RED).c, C(c="RED").c, C(c="r").c, made(C, {"c": "RED"}).c} == {Color.RED}


def test_unknown_keys_are_ignored_in_python_and_refused_in_config():
    assert In(x=1, zz=2) == In(x=1)
    assert reasons(In, {"x": 1, "zz": 2}) == [("FIELD_NOT_DEFINED", ("zz",))]


def test_the_config_uses_the_alias():
    class C(Config):
        inner: int = Field(alias="outer")

    assert made(C, {"outer": 3}).inner == 3
    assert C(outer=3)._convert_to_config_dictionary() == {"outer": 3}


def test_str_int_and_bool_may_come_from_the_environment_and_float_may_not():
    class C(Config):
        s: str = "q"
        n: int
        b: bool = False
        f: float = 1

    config = {"s": {"env": "S"}, "n": {"env": "N"}, "b": {"env": "B"}}
    assert made(C, config, {"S": "x", "N": "42", "B": "1"}) == C(s="x", n=42, b=True)
    assert reasons(C, {"n": 1, "f": {"env": "F"}}) == [("RUNTIME_TYPE_MISMATCH", ("f",))]


def test_an_env_var_in_python_waits_for_the_run_and_is_not_validated_before():
    class C(Config):
        n: int = Field(gt=3)
        urls: list[str] = []
        s: str = "q"
        _private: int = PrivateAttr(default=5)

        @field_validator("n")
        @classmethod
        def even(cls, v):
            assert v % 2 == 0
            return v

    c = C(n=EnvVar.int("N"), urls=["a", EnvVar("U")])
    assert c._convert_to_config_dictionary() == {"n": {"env": "N"}, "urls": ["a", {"env": "U"}], "s": "q"}
    assert (c.s, c._private) == ("q", 5)
    assert c == C(n=EnvVar.int("N"), urls=["a", EnvVar("U")])
    with pytest.raises(ValidationError):
        C(n=EnvVar.int("N"), s=[])
    assert made(C, c._convert_to_config_dictionary(), {"N": "6", "U": "u"}) == C(n=6, urls=["a", "u"])


def test_validators_judge_an_instance_and_their_findings_have_the_path():
    class C(Config):
        rows: list[In] = []
        n: int = Field(default=1, lt=10)

        @model_validator(mode="after")
        def not_too_many(self):
            if self.n == 7:
                raise ValueError("seven is taken")
            return self

    at = (("field", "ops"), ("field", "f"), ("field", "config"))
    assert instance_problems(C, {"n": 3}, at) == []
    (problem,) = instance_problems(C, {"n": 7}, at)
    assert "seven is taken" in problem.message and problem.path == ("ops", "f", "config")
    (problem,) = instance_problems(C, {"n": 11}, at)
    assert problem.path == ("ops", "f", "config", "n")
    (problem,) = instance_problems(C, {"rows": [{"x": 1}, {"x": "no"}]}, at)
    assert problem.path == ("ops", "f", "config", "rows", 1, "x")


def test_a_validator_that_breaks_is_a_problem_too():
    class C(Config):
        n: int = 1

        @field_validator("n")
        @classmethod
        def broken(cls, v):
            raise RuntimeError("oh")

    (problem,) = instance_problems(C, {"n": 2})
    assert "RuntimeError: oh" in problem.message


def test_instances_are_frozen_but_for_private_attributes():
    class C(Config):
        n: int = 1
        _state: Any = PrivateAttr(default=None)

    c = C()
    c._state = 5
    assert c._state == 5
    with pytest.raises(DagjobInvalidInvocationError, match="C is frozen: 'n'"):
        c.n = 2


def test_descriptions_and_secrets_reach_the_schema():
    class C(Config):
        """What it is for."""

        token: str = Field(description="of the API", json_schema_extra={"dagster__is_secret": True})
        other: SecretStr = SecretStr("s")

    fields = C.to_fields_dict()
    assert C.to_config_schema().description == "What it is for."
    assert fields["token"].description == "of the API"
    assert fields["token"].is_secret and fields["other"].is_secret
    (problem,) = check(to_schema(C), {"token": 123123}).problems
    assert "123123" not in problem.message
    assert made(C, {"token": "t"}).other.get_secret_value() == "s"
    assert C(token="t")._convert_to_config_dictionary() == {"token": "t", "other": "s"}


def test_constraints_keep_the_kind_of_their_base():
    class C(Config):
        a: Annotated[int, Field(gt=0)]
        b: list[Annotated[str, Field(min_length=2)]] = []
        m: Mapping[str, int] = {}

    assert reasons(C, {"a": "x", "b": [1], "m": {"k": "v"}}) == [
        ("RUNTIME_TYPE_MISMATCH", ("a",)),
        ("RUNTIME_TYPE_MISMATCH", ("b", 0)),
        ("RUNTIME_TYPE_MISMATCH", ("m", "k")),
    ]


class Plain(BaseModel):
    z: int = 1


@pytest.mark.parametrize(
    "annotation",
    [
        int | str,
        tuple[int, str],
        set[int],
        Sequence[int],
        datetime,
        Plain,
        Literal["a"] | None,
        Literal[1, 2],
        list[Annotated[Cat | Dog, Field(discriminator="kind")]],
        bytes,
    ],
)
def test_a_field_that_no_config_can_hold_is_told_when_the_class_is_used(annotation):
    class Strange(Config):
        ok: int = 1
        odd: annotation

    with pytest.raises(DagjobInvalidPythonicConfigDefinitionError, match=r"Strange\.odd"):
        to_schema(Strange)


def test_a_field_of_dagjob_is_no_default():
    class Strange(Config):
        odd: Any = DagjobField(int)

    with pytest.raises(DagjobInvalidDefinitionError, match=r"Strange\.odd"):
        to_schema(Strange)


def test_a_default_instance_gives_the_defaults_of_the_inner_fields():
    class Deep(Config):
        inner: In = In(x=1, y="deep")
        z: int = 0

    class C(Config):
        d: Deep = Deep(z=5)
        maybe: In | None = In(x=8)

    assert made(C, {}) == C()
    assert made(C, {"d": {"inner": {"x": 2}}}).d == Deep(inner=In(x=2, y="deep"), z=5)
    assert made(C, {"maybe": None}).maybe is None


def test_a_literal_with_a_default_takes_no_null():
    class C(Config):
        kind: Literal["a", "b"] = "a"
        n: int = 1

    assert [address(problem.trail) for problem in check(to_schema(C), {"kind": None, "n": None}).problems] == [
        "root:kind"
    ]


def test_a_default_factory_that_raises_is_a_problem_of_its_field():
    class Inner(Config):
        n: int = Field(default_factory=lambda: 1 // 0)

    class C(Config):
        inner: Inner

    (problem,) = resolve(to_schema(C), {"inner": {}}, {}).problems
    assert address(problem.trail) == "root:inner:n"
    assert "default_factory" in problem.what and "ZeroDivisionError" in problem.what
    assert not check(to_schema(C), {"inner": {}}).problems, "nothing is drawn to check a config"
