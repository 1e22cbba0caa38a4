"""Pictures of jobs and runs: what is in them, and that every format can be read by what reads it."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from itertools import combinations, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dagjob import DynamicOut, DynamicOutput, Out, Output, graph, job, op
from dagjob import events as ev
from dagjob.launch.registries import PICTURES, load
from dagjob.pictures.drawing import Arrow, Box, Drawing, Look, of_job, of_run, worst
from dagjob.pictures.layers import place
from dagjob.run_view import RunView


@op(out=DynamicOut())
def split():
    yield DynamicOutput(1, "a")


@op
def work(x):
    return x


@op
def total(xs):
    return sum(xs)


@op(out={"left": Out(), "right": Out(is_required=False)})
def either():
    yield Output(1, "left")


@graph
def deep():
    left, right = either()
    return total([work.alias("on_left")(left), work.alias("on_right")(right)])


@graph
def inner():
    return deep()


@job
def whole():
    total.alias("last")([total(split().map(work).collect()), inner()])


def arrows(drawing: Drawing) -> set[tuple[str, str, str, str]]:
    return {(each.source, each.target, each.output, each.passes) for each in drawing.arrows}


def test_arrows_lead_from_op_to_op_through_all_graphs() -> None:
    drawing = of_job(whole)
    assert arrows(drawing) == {
        ("split", "work", "", "each"),
        ("work", "total", "", "all"),
        ("total", "last", "", "value"),
        ("inner.deep.total", "last", "", "value"),
        ("inner.deep.either", "inner.deep.on_left", "left", "value"),
        ("inner.deep.either", "inner.deep.on_right", "right", "value"),
        ("inner.deep.on_left", "inner.deep.total", "", "value"),
        ("inner.deep.on_right", "inner.deep.total", "", "value"),
    }
    assert drawing.frames == (("inner",), ("inner", "deep"))
    assert [(box.op, box.frame) for box in drawing.boxes if box.name == "on_left"] == [("work", ("inner", "deep"))]


@pytest.mark.parametrize(
    ("depth", "folded", "frames"),
    [(0, {"inner": 4}, ()), (1, {"inner.deep": 4}, (("inner",),)), (2, {}, (("inner",), ("inner", "deep")))],
)
def test_graphs_below_a_depth_are_one_box(depth: int, folded: dict[str, int], frames: tuple[object, ...]) -> None:
    drawing = of_job(whole, depth)
    assert {box.key: box.holds for box in drawing.boxes if box.folded} == folded
    assert drawing.frames == frames
    keys = {box.key for box in drawing.boxes}
    assert all({each.source, each.target} <= keys and each.source != each.target for each in drawing.arrows)


def run_of_mapped() -> RunView:
    view = RunView()
    view(ev.RunStarted(0.0, "53ae994d-0", "whole", "jobs.py:whole", "in_process", 1, 1, {}, {}, {}))
    ops = (
        ev.PlannedOp("split", "split", (), False, ()),
        ev.PlannedOp("work[?]", "work", ("split",), True, ()),
        ev.PlannedOp("total", "total", ("work[?]",), False, ()),
    )
    view(ev.PlanMade(0.0, ops))
    view(ev.StepStarted(0.0, "split", 1, 1, None))
    view(ev.StepSucceeded(1.0, "split", 1, 1.0))
    view(ev.StepsMapped(1.0, "work[?]", ("work[a]", "work[b]")))
    view(ev.StepStarted(1.0, "work[a]", 1, 1, None))
    view(ev.StepSucceeded(2.0, "work[a]", 1, 1.0))
    view(ev.StepStarted(1.0, "work[b]", 1, 1, None))
    view(ev.StepFailed(2.5, "work[b]", 1, ev.ErrorInfo("ValueError", "no", ()), 1.5))
    view(ev.StepNotRun(2.5, "total", ("work[b]",)))
    return view


def test_a_run_is_drawn_with_how_its_ops_ended() -> None:
    drawing = of_run(run_of_mapped())
    assert {box.key: (box.status, box.holds) for box in drawing.boxes} == {
        "split": ("success", 1), "work[*]": ("failed", 2), "total": ("not_run", 1),
    }  # fmt: skip
    assert arrows(drawing) == {("split", "work[*]", "", "value"), ("work[*]", "total", "", "value")}
    assert (drawing.name, drawing.run) == ("whole", "53ae994d")


def test_copies_are_drawn_one_by_one_when_asked() -> None:
    drawing = of_run(run_of_mapped(), expand=True)
    assert arrows(drawing) == {
        ("split", "work[a]", "", "value"), ("split", "work[b]", "", "value"),
        ("work[a]", "total", "", "value"), ("work[b]", "total", "", "value"),
    }  # fmt: skip


def test_the_worst_status_stands_for_several() -> None:
    assert worst(["success", "failed", "running"]) == "failed"
    assert worst(["success", "skipped"]) == "skipped"
    assert worst([None, None]) is None


HOSTILE = ('"]; end <script>alert(1)</script>', "a\\b|{}#&;`$(x)", "\x1b[31m\u202e\x00 new\nline", "end", "ünïcode")


@pytest.fixture
def hostile() -> Drawing:
    boxes = tuple(Box(f"k{number}{name}", name, (HOSTILE[0],)) for number, name in enumerate(HOSTILE))
    joined = pairwise(boxes)
    return Drawing(
        HOSTILE[2], boxes, tuple(Arrow(one.key, other.key, HOSTILE[1]) for one, other in joined), "id", "failed"
    )


@pytest.mark.parametrize("direction", ["LR", "TB"])
@pytest.mark.parametrize("of", ["svg", "html"])
def test_nothing_in_a_name_becomes_markup(of: str, direction: str, hostile: Drawing) -> None:
    text = load(PICTURES[of])(hostile, Look(direction))
    assert "<script" not in text and "\x1b" not in text and "\x00" not in text and "\u202e" not in text
    if of == "svg":
        root = ET.fromstring(text)
        shown = [each.text for each in root.iter("{http://www.w3.org/2000/svg}text")]
        assert '"]; end <script>alert(1)</script>' in shown
    else:
        assert "default-src 'none'" in text and "http" not in re.sub(r"http://www.w3.org/2000/svg|http-equiv", "", text)


def test_mermaid_gets_no_letter_that_means_something_to_it(hostile: Drawing) -> None:
    lines = load(PICTURES["mermaid"])(hostile, Look()).split("\n")
    quoted = [text for line in lines for text in re.findall(r'"([^"]*)"', line)]
    assert all(line.count('"') in (0, 2) for line in lines)
    assert not any(set(text.replace("<br/>", "")) & set('<>|{}[]`$\\"') for text in quoted)
    assert "#60;script#62;" in "".join(quoted)


def test_dot_escapes_quotes_and_backslashes(hostile: Drawing) -> None:
    text = load(PICTURES["dot"])(hostile, Look())
    bare = re.sub(r'"(?:[^"\\]|\\.)*"', "", text, flags=re.DOTALL)
    assert "script" not in bare and '"' not in bare and bare.count("{") == bare.count("}") == 2


def test_json_has_all_of_it() -> None:
    told = json.loads(load(PICTURES["json"])(of_run(run_of_mapped()), Look()))
    assert told["run"] == "53ae994d" and told["ops"][1]["holds"] == 2
    assert told["edges"][0] == {"from": "split", "to": "work[*]", "output": None, "passes": "value"}


def test_the_text_names_every_op_and_shortens_a_long_chain() -> None:
    drawn = load(PICTURES["ascii"])(of_job(whole), Look(utf8=False))
    assert drawn.isascii() and all(box.name in drawn for box in of_job(whole).boxes)
    boxes = tuple(Box(f"op_{number}", f"op_{number}") for number in range(40))
    chain = tuple(Arrow(one.key, other.key) for one, other in pairwise(boxes))
    listed = load(PICTURES["ascii"])(Drawing("chain", boxes, chain), Look())
    assert max(map(len, listed.split("\n"))) < 40 and "op_39  needs op_38" in listed


def test_a_job_of_no_op_is_drawn_in_every_format() -> None:
    for name, makes in PICTURES.items():
        assert isinstance(load(makes)(Drawing("empty", (), ()), Look()), str), name


@st.composite
def graphs(draw: st.DrawFn) -> tuple[dict[str, tuple[float, float]], list[tuple[str, str]]]:
    count = draw(st.integers(1, 14))
    names = [f"n{number}" for number in range(count)]
    sizes = {name: (draw(st.floats(10, 200)), draw(st.floats(10, 90))) for name in names}
    pairs = list(combinations(names, 2))
    return sizes, draw(st.lists(st.sampled_from(pairs), unique=True)) if pairs else []


@given(graphs())
@settings(deadline=None, max_examples=60)
def test_boxes_do_not_overlap_and_every_arrow_leads_on(
    made: tuple[dict[str, tuple[float, float]], list[tuple[str, str]]],
) -> None:
    sizes, edges = made
    placed = place(sizes, edges)
    corners = {name: (*placed.at[name], *sizes[name]) for name in sizes}
    for one, other in combinations(corners.values(), 2):
        apart = one[0] + one[2] <= other[0] or other[0] + other[2] <= one[0]
        assert apart or one[1] + one[3] <= other[1] + 1e-6 or other[1] + other[3] <= one[1] + 1e-6
    for source, target in edges:
        ways = [
            corners[source][0] + corners[source][2],
            *(x for x, _ in placed.lanes[source, target]),
            corners[target][0],
        ]
        assert ways == sorted(ways)
    wide, high = placed.size
    for x, y, w, h in corners.values():
        assert 0 <= x <= x + w <= wide + 1e-6 and 0 <= y <= y + h <= high + 1e-6
    assert place(sizes, edges) == placed
