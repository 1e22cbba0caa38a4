"""In a job's body an output has no value yet: whoever uses it as one is told so, with the op's name and the line."""

import copy
import operator

import pytest

from dagjob import DynamicOut, Out, graph, job, op
from dagjob.errors import DagjobError


@op
def fetch():
    return 3


@op(out={"mean": Out(), "peak": Out()})
def stats():
    return 1, 2


@op(out=DynamicOut())
def pieces():
    yield


@op
def publish(x):
    return x


def _with_statement(value):
    with value:
        pass


USES = {
    "+": lambda n: n + 1,
    "+ behind": lambda n: 1 + n,
    "+=": lambda n: operator.iadd(n, 1),
    "-": operator.neg,
    "divmod": lambda n: divmod(7, n),
    "<": lambda n: n < 5,
    "> behind": lambda n: n < 5,
    "==": lambda n: n == 4,
    "!=": lambda n: n != 4,
    "== behind": lambda n: n == 4,
    "in a list": lambda n: n in [4],
    "in it": lambda n: 4 in n,
    "call": lambda n: n(1),
    "method": lambda n: n.upper(),
    "iteration": list,
    "len": len,
    "int": int,
    "range": range,
    "index": lambda n: n[0],
    "key": lambda n: n["a"],
    "store": lambda n: operator.setitem(n, "a", 1),
    "delete": lambda n: operator.delitem(n, "a"),
    "f-string": lambda n: f"{n}",
    "format": "{}".format,
    "percent": "%d".__mod__,
    "with": _with_statement,
}


@pytest.mark.parametrize("use", USES.values(), ids=USES)
@pytest.mark.parametrize("made", [fetch, pieces, lambda: pieces().collect()], ids=["plain", "dynamic", "collected"])
def test_an_output_is_refused_as_a_value_with_the_op_and_the_line(use, made):
    with pytest.raises(DagjobError) as caught:

        @job
        def hasty():
            use(made())

    text = str(caught.value)
    assert ('"fetch"' in text or '"pieces"' in text) and '"hasty"' in text and "there is no value yet" in text
    assert caught.value.place is not None and caught.value.place.file == __file__


def test_an_input_of_a_graph_is_refused_too():
    with pytest.raises(DagjobError, match=r'the input "n" of the graph.*there is no value yet'):

        @graph
        def hasty(n):
            publish(n + 1)


def test_a_misspelt_output_is_told_with_the_right_one():
    with pytest.raises(DagjobError, match=r'"stats" has no output "maen".*Did you mean "mean"'):

        @job
        def hasty():
            publish(stats().maen)


def test_a_misspelt_map_is_told_with_the_right_one():
    with pytest.raises(DagjobError, match='Did you mean "collect"'):

        @job
        def hasty():
            publish(pieces().colect())


def test_an_output_can_be_tested_for_truth_kept_looked_up_copied_and_printed(capsys):
    @job
    def patient():
        first, second = fetch(), fetch()
        kept = {first: "a", second: "b"}
        assert first and first != None and kept[first] == "a"  # noqa: E711
        assert first in [first, second] and first not in (None,) and {first, second} == set(kept)
        assert not hasattr(first, "upper") and copy.copy(first).node_name == "fetch"
        print(first)
        publish(first)
        if second:
            publish(second)

    assert len(patient.nodes) == 4
    assert 'the output "result" of "fetch": no value yet' in capsys.readouterr().out


def test_what_is_no_function_cannot_be_mapped():
    with pytest.raises(DagjobError, match="map takes an op, or a function that calls ops"):

        @job
        def hasty():
            pieces().map(fetch())
