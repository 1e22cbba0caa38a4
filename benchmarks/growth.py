"""What one more op costs in a small run and in a large one: isolated, mapped over a dynamic output, under tag limits."""

from __future__ import annotations

from pathlib import Path

from fan_out import FAN
from measure import DAGJOB, IN_PROCESS, Figure, isolated, project, quietest, run, table

DYNAMIC = """
from dagjob import DynamicOut, DynamicOutput, job, op

def mapped(count):
    @op(out=DynamicOut(int))
    def numbers():
        for number in range(count):
            yield DynamicOutput(number, str(number))

    @op
    def double(x: int) -> int:
        return 2 * x

    @op
    def add(xs: list[int]) -> int:
        return sum(xs)

    @job(name=f"mapped_{count}")
    def all_of_them():
        add(numbers().map(double).collect())

    return all_of_them
"""

TAGGED = """
from dagjob import job, op

@op
def step() -> int:
    return 1

def tagged(count):
    def body():
        for number in range(count):
            step.tag({"db": "x", "kind": str(number % 3)}).alias(f"step_{number}")()
    return job(name=f"tagged_{count}")(body)
"""

TWO_LIMITS = """
execution:
  config:
    multiprocess:
      max_concurrent: 4
      tag_concurrency_limits: [{key: db, limit: 3}, {key: kind, limit: 1, value: {applyLimitPerUniqueValue: true}}]
"""


def figures() -> list[Figure]:
    files = {
        **{f"fan_{n}.py": f"{FAN}\nall_of_them = fan({n})\n" for n in (1, 1_000, 10_000, 20_000, 100_000)},
        **{f"map_{n}.py": f"{DYNAMIC}\nall_of_them = mapped({n})\n" for n in (1, 100, 10_000)},
        **{f"tag_{n}.py": f"{TAGGED}\nall_of_them = tagged({n})\n" for n in (1, 100, 1_000)},
        "isolated.yaml": isolated("preloaded"),
        "here.yaml": IN_PROCESS,
        "limits.yaml": TWO_LIMITS,
    }
    with project(files) as root:
        return [
            _growth(root, "fan", "isolated", 1_000, 20_000, 1.15),
            *_large(root),
            _growth(root, "map", "here", 100, 10_000, 1.3),
            _growth(root, "tag", "limits", 100, 1_000, 1.3),
        ]


def _large(root: Path) -> list[Figure]:
    """100,000 ops in process beside 10,000: CPU of one, and the largest size of the process."""
    many = run([*DAGJOB, "run", "fan_100000.py", "-c", "here.yaml", "--format", "plain"], root)
    few = _cpu(root, "fan_10000.py", "here.yaml")
    each, beside = many.cpu / 100_000 * 1e3, few / 10_000 * 1e3
    return [
        Figure(
            "one of 100,000 ops (fan, here)", each, "ms", f"{beside:.3g} ms of 10,000", each / beside, 1.1, 1.0,
            judged_by="ratio",
        ),
        Figure("memory of 100,000 ops, in process", many.max_rss / (1 << 20), "MB", limit=300, reach=250),
    ]  # fmt: skip


def _growth(root: Path, name: str, config: str, small: int, large: int, limit: float) -> Figure:
    """CPU of an op in the large run beside one in the small run, without what the command costs anyway."""
    start, few, many = (_cpu(root, f"{name}_{count}.py", f"{config}.yaml") for count in (1, small, large))
    each, beside = (many - start) / large * 1e3, (few - start) / small * 1e3
    what = f"one of {large:,} ops ({name}, {config})"
    return Figure(what, each, "ms", f"{beside:.3g} ms of {small:,}", each / beside, limit, 1.0, judged_by="ratio")


def _cpu(root: Path, module: str, config: str) -> float:
    argv = [*DAGJOB, "run", module, "-c", config, "--format", "plain"]
    return run(argv, root).cpu if "000" in module else quietest(lambda: run(argv, root), 3).cpu


if __name__ == "__main__":
    print(table(figures()))
