"""What a run config costs: a file of it, a pydantic class for it, mistakes in it, and a very long one.

CPU time of whole commands, as in `startup.py`. A cost "on top" is the difference between a run with it and the same
run without, measured in turns, in bare interpreters (B).
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from statistics import median

from measure import DAGJOB, Cost, Figure, project, quietest, run, table
from startup import TIMES, TWO_OPS, compiled

WITH_SCHEMA = TWO_OPS.replace("@op\ndef one() -> int:\n    return 1", '''@op(config_schema={"limit": int})
def one(context) -> int:
    return context.op_config["limit"]''')  # fmt: skip

WITH_CLASS = TWO_OPS.replace("@op\ndef one() -> int:\n    return 1", '''class Limits(Config):
    limit: int = 5
    name: str = "n"
    ratio: float = 0.5
    tags: list[str] = []
    on: bool = True


@op
def one(config: Limits) -> int:
    return config.limit''').replace("from dagjob import job, op", "from dagjob import Config, job, op")  # fmt: skip

GOOD = "ops:\n  one:\n    config:\n      limit: 5\n"

MISTAKES = """
from dagjob import Enum, EnumValue, job, op

@op(config_schema={"limit": int, "name": str})
def extract(context): return 1

@op(config_schema={"country": str, "mode": Enum("Mode", [EnumValue("fast"), EnumValue("slow")])})
def load(context, x): ...

@job
def etl(): load(extract())
"""
RIGHT = (
    "ops: {extract: {config: {limit: 1, name: x}}}\n",
    "ops:\n  load:\n    config:\n      country: x\n      mode: fast\n",
)
WRONG = (
    "ops:\n  extract:\n    config:\n      limit: ten\n      name: x\n",
    "ops:\n  load:\n    config:\n      country: NO\n      mode: fsat\n      frsh: true\nloger: {}\n",
)

LONG = """
from dagjob import job, op

@op(config_schema={"rows": [{"name": str, "size": int, "ratio": float}]})
def load(context): return len(context.op_config["rows"])

@job
def long(): load()
"""


def figures() -> list[Figure]:
    compiled()
    return [*_on_top(), _mistakes(), _long()]


def _on_top() -> list[Figure]:
    files = {"plain.py": TWO_OPS, "schema.py": WITH_SCHEMA, "pydantic_class.py": WITH_CLASS, "good.yaml": GOOD}
    with project(files) as root:
        bare = lambda: run([sys.executable, "-c", "pass"], root)  # noqa: E731
        without = lambda: _run(root, "plain.py")  # noqa: E731
        with_file = lambda: _run(root, "schema.py", "-c", "good.yaml")  # noqa: E731
        with_class = lambda: _run(root, "pydantic_class.py")  # noqa: E731
        return [
            _difference("run, two ops: + -c config.yaml", with_file, without, bare, 3, 2.5),
            _difference("run, two ops: + a pydantic Config", with_class, without, bare, 15, 13),
        ]


def _run(root: Path, *more: str) -> Cost:
    return run([*DAGJOB, "run", *more, "--format", "plain"], root)


def _difference(
    what: str,
    act: Callable[[], Cost],
    without: Callable[[], Cost],
    bare: Callable[[], Cost],
    limit: float,
    reach: float,
) -> Figure:
    act(), without(), bare()
    turns = [(act().cpu, without().cpu, bare().cpu) for _ in range(TIMES)]
    cost, base, b = (median(each) for each in zip(*turns, strict=True))
    beside = f"without it {base * 1e3:.0f} ms, B {b * 1e3:.1f} ms"
    return Figure(what, (cost - base) * 1e3, "ms CPU", beside, (cost - base) / b, limit, reach, judged_by="ratio")


def _mistakes() -> Figure:
    with project({"jobs.py": MISTAKES}) as root:
        for kind, texts in (("right", RIGHT), ("wrong", WRONG)):
            for number, text in enumerate(texts, 1):
                (root / f"{kind}_{number}.yaml").write_text(text)
        pairs = [(_validate(root, "wrong", 1), _validate(root, "right", 0)) for _ in range(TIMES + 1)][1:]
        wrong, right = median(one for one, _ in pairs), median(one for _, one in pairs)
    beside = f"validate of right ones: {right * 1e3:.0f} ms"
    what = "validate, five mistakes in two files"
    return Figure(what, wrong * 1e3, "ms CPU", beside, wrong / right, 1.5, 1.3, judged_by="ratio")


def _validate(root: Path, kind: str, code: int) -> float:
    """CPU seconds of one `validate`, which must end with this code."""
    import resource

    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    argv = [*DAGJOB, "validate", "jobs.py", "-c", f"{kind}_1.yaml", "-c", f"{kind}_2.yaml"]
    done = subprocess.run(argv, cwd=root, capture_output=True)
    if done.returncode != code:
        raise SystemExit(done.stdout.decode() + done.stderr.decode())
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _long() -> Figure:
    rows = "".join(f"      - name: row_{n}\n        size: {n}\n        ratio: {n}.5\n" for n in range(3_333))
    text = f"ops:\n  load:\n    config:\n     rows:\n{rows}"
    with project({"jobs.py": LONG, "long.yaml": text}) as root:
        cost = quietest(lambda: run([*DAGJOB, "validate", "jobs.py", "-c", "long.yaml"], root), 3)
    lines = text.count("\n")
    return Figure(f"validate, a config of {lines:,} lines", cost.wall, "s", "", None, 1.0, 0.5)


if __name__ == "__main__":
    print(table(figures()))
