"""Whatever the schema and the value: a check never raises, and what it accepts it accepts again."""

from hypothesis import given, settings
from hypothesis import strategies as st

from dagjob.config.kind import check, resolve
from dagjob.config.problems import Problem
from dagjob.config.report import to_diagnostics
from dagjob.config.scalars import Bool, Float, Int, String
from dagjob.config.schema import (
    ANY,
    AnyValue,
    Array,
    BoolSource,
    Enum,
    EnumValue,
    Field,
    IntSource,
    Map,
    Noneable,
    Permissive,
    ScalarUnion,
    Selector,
    Shape,
    Source,
    StringSource,
    to_schema,
)

NAMES = st.sampled_from(["a", "b", "c", "env", "config"])
SCALARS = st.sampled_from([int, float, str, bool])
COLORS = Enum("Color", [EnumValue("RED", 1), EnumValue("BLUE")])
LEAVES = SCALARS | st.sampled_from([ANY, IntSource, StringSource, BoolSource, COLORS, None])


def _fields(schemas):
    field = schemas.map(lambda s: s if s is not None else ANY)
    return st.dictionaries(NAMES, field | st.builds(Field, field, is_required=st.booleans()), max_size=3)


SCHEMAS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        inner.map(Noneable),
        inner.map(lambda schema: [schema if schema is not None else ANY]),
        st.builds(Map, SCALARS, inner),
        _fields(inner).map(Shape),
        _fields(inner).map(Permissive),
        _fields(inner).map(Selector),
        st.builds(ScalarUnion, SCALARS, _fields(inner).map(Shape)),
    ),
    max_leaves=8,
).map(to_schema)

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.sampled_from(["", "a", "RED", "x" * 200]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES | st.integers(), inner, max_size=3),
    max_leaves=10,
)


@st.composite
def fitting(draw, schema):
    """A value that fits a schema."""
    match schema:
        case Field():
            return draw(fitting(schema.config_type))
        case Int():
            return draw(st.integers())
        case Float():
            return draw(st.floats(allow_nan=False) | st.integers(-1000, 1000))
        case String():
            return draw(st.text(max_size=5))
        case Bool():
            return draw(st.booleans())
        case AnyValue():
            return draw(VALUES)
        case Source():
            return draw(fitting(schema.scalar) | st.just({"env": "ONE"}))
        case Enum():
            return draw(st.sampled_from(schema.config_values))
        case Noneable():
            return draw(st.none() | fitting(schema.inner_type))
        case Array():
            return draw(st.lists(fitting(schema.inner_type), max_size=3))
        case Map():
            return draw(st.dictionaries(fitting(schema.key_type), fitting(schema.inner_type), max_size=3))
        case ScalarUnion():
            return draw(fitting(schema.scalar_type) | fitting(schema.non_scalar_type))
    items = list(schema.fields.items())
    if isinstance(schema, Selector):
        name, field = draw(st.sampled_from(items))
        return {name: draw(fitting(field))}
    given_ones = [(name, field) for name, field in items if field.is_required or draw(st.booleans())]
    return {name: draw(fitting(field)) for name, field in given_ones}


def _has_a_bare_choice(schema):
    """Is there a selector that nothing fits, or one that `{}` fits with a choice that has no value?

    The latter, `Selector({"a": Field(int, is_required=False)})`, gives `{"a": None}`, as in Dagster, which fits no int.
    """
    fields = schema.fields.values() if isinstance(schema, Selector) else ()
    bare = len(fields) < 2 and not any(field.is_required or field.default_provided for field in fields)
    if isinstance(schema, Selector) and bare:
        return True
    return any(_has_a_bare_choice(part) for part in schema.parts().values())


@settings(max_examples=300, deadline=None)
@given(SCHEMAS, VALUES)
def test_no_value_makes_a_check_or_its_report_raise(schema, value):
    for checked in (check(schema, value), resolve(schema, value, {"ONE": "1"})):
        assert all(isinstance(problem, Problem) and problem.message for problem in checked.problems)
        for job in (None, "etl"):
            diagnostics = to_diagnostics(checked.problems, job=job, value=value)
            assert bool(diagnostics) == bool(checked.problems)
            assert all(diagnostic.message for diagnostic in diagnostics)
    repr(schema)


@settings(max_examples=200, deadline=None)
@given(st.data(), SCHEMAS.filter(lambda schema: not _has_a_bare_choice(schema)))
def test_what_fits_is_accepted_and_stays_as_it_is_when_checked_again(data, schema):
    value = data.draw(fitting(schema))
    checked = check(schema, value)
    assert checked.problems == ()
    assert check(schema, checked.value) == checked
    assert resolve(schema, checked.value, {"ONE": "1"}) == resolve(schema, value, {"ONE": "1"})
