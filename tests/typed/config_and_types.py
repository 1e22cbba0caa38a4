"""Config schemas, config classes, runtime types and metadata of a strictly typed module."""

from __future__ import annotations

import enum
from typing import Any, Literal, Optional, Union, assert_type

from pydantic import Field as PydanticField

from dagjob import (
    Array,
    AssetKey,
    AssetMaterialization,
    AssetObservation,
    Bool,
    BoolSource,
    Config,
    ConfigMapping,
    ConfigSchema,
    DagjobInvalidConfigError,
    DagjobType,
    DagjobTypeLoaderContext,
    DataVersion,
    Enum,
    EnumValue,
    EnvVar,
    ExpectationResult,
    Field,
    In,
    Int,
    IntSource,
    List,
    Map,
    MetadataValue,
    Noneable,
    OpExecutionContext,
    Out,
    Output,
    Permissive,
    PermissiveConfig,
    PythonObjectDagsterType,
    RunConfig,
    ScalarUnion,
    Selector,
    Shape,
    String,
    StringSource,
    TableColumn,
    TableRecord,
    TableSchema,
    TextMetadataValue,
    TypeCheck,
    TypeCheckContext,
    check_dagster_type,
    config_from_files,
    config_from_yaml_strings,
    configured,
    dagster_type_loader,
    job,
    op,
    usable_as_dagster_type,
    validate_run_config,
)


class Color(enum.Enum):
    RED = "r"


class Cat(Config):
    kind: Literal["cat"] = "cat"
    lives: int = PydanticField(default=9, ge=0)


class Dog(Config):
    kind: Literal["dog"] = "dog"


class Loose(PermissiveConfig):
    known: int = 1


class Everything(Config):
    number: int
    maybe: str | None
    old_maybe: Optional[int] = None  # noqa: UP045  (what modules of yesterday write)
    pet: Union[Cat, Dog] = PydanticField(discriminator="kind")  # noqa: UP007
    color: Color = Color.RED
    loose: Loose = Loose()
    many: dict[str, list[Cat]] = {}


SCHEMA: ConfigSchema = {
    "a": Field(Int, default_value=1, is_required=False, description="a number"),
    "b": Array(String),
    "c": Map(str, int, key_label_name="city"),
    "d": Selector({"x": int, "y": {"z": Bool}}),
    "e": Enum("Color", [EnumValue("RED", 1), EnumValue("BLUE")]),
    "f": Enum.from_python_enum(Color),
    "g": Noneable(Shape({"n": int})),
    "h": ScalarUnion(str, {"n": int}),
    "i": Permissive({"n": int}),
    "j": {"s": StringSource, "i": IntSource, "b": BoolSource},
    "k": [int],
}


@op(config_schema=SCHEMA)
def legacy(context: OpExecutionContext) -> Any:
    return context.op_config["a"]


@op
def pythonic(config: Everything) -> str:
    assert_type(config.pet, Cat | Dog)
    return config.maybe or config.color.name


@configured(legacy, config_schema={"n": int})
def outer(value: dict[str, int]) -> dict[str, int]:
    return {"a": value["n"]}


again = configured(legacy, name="again")({"a": 3})

Even = DagjobType(
    name="Even",
    type_check_fn=lambda context, value: isinstance(value, int) and value % 2 == 0,
    description="a whole number that 2 divides",
)


@dagster_type_loader({"path": str})
def load_words(context: DagjobTypeLoaderContext, config: dict[str, str]) -> list[str]:
    return config["path"].split()


def check_words(_: TypeCheckContext, value: object) -> TypeCheck:
    return TypeCheck(isinstance(value, list), "a list", metadata={"n": 1})


Words = DagjobType(name="Words", type_check_fn=check_words, loader=load_words, typing_type=list[str])
ColorType = PythonObjectDagsterType(Color, name="ColorType")


@usable_as_dagster_type(name="Marked", description="made usable")
class Marked:
    value = 1


@op(ins={"words": In(Words), "even": In(Even)}, out=Out(List[int]))
def typed(words: list[str], even: int, marked: Marked) -> Output[list[int]]:
    return Output(
        [even, marked.value],
        data_version=DataVersion("1"),
        metadata={
            "text": "words",
            "json": MetadataValue.json({"a": [1]}),
            "path": MetadataValue.path("/tmp"),
            "table": MetadataValue.table([TableRecord({"a": 1})], TableSchema([TableColumn("a", "int")])),
        },
    )


@op
def reports(context: OpExecutionContext) -> None:
    context.log_event(AssetMaterialization(AssetKey(["a", "b"]), metadata={"rows": 1}, partition="x"))
    context.log_event(AssetObservation("a"))
    context.log_event(ExpectationResult(success=True, label="fine"))


@job(config=ConfigMapping(lambda value: {"ops": value}, config_schema=dict))
def mapped() -> None:
    legacy()
    pythonic()
    outer()
    again()


run_config = RunConfig(
    ops={"pythonic": Everything(number=EnvVar.int("N"), maybe=None, pet=Cat(lives=3))}, loggers={"console": {}}
)
assert_type(run_config.to_config_dict(), dict[str, Any])
assert_type(config_from_files(["a.yaml", "b*.yaml"]), dict[str, Any])
assert_type(config_from_yaml_strings(["a: 1"]), dict[str, Any])
assert_type(MetadataValue.text("x"), TextMetadataValue)
assert_type(check_dagster_type(Even, 3), TypeCheck)
try:
    validate_run_config(mapped, run_config)
except DagjobInvalidConfigError as error:
    print([(problem.reason, problem.message, problem.stack) for problem in error.errors])

Everything(number="1", maybe=None, pet=Cat(), color="RED", nmae=3)  # type: ignore[call-arg, arg-type]
