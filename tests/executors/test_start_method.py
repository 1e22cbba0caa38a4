"""Which way to start a worker is chosen, and that the choice is right for what real packages do at import."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from dagjob.executors.start_method import choose

HERE = Path(__file__).parent


def chosen_after(code: str) -> str:
    """What `choose` says in a new interpreter that has run some code."""
    code = f"{textwrap.dedent(code)}\nfrom dagjob.executors.start_method import choose\nprint(*choose())"
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


@pytest.mark.parametrize(
    ("asked", "got"),
    [("fork", "preloaded"), ("forkserver", "lean"), ("spawn", "spawn"), ("lean", "lean"), ("preloaded", "preloaded")],
)
def test_the_words_of_dagster_and_our_own_are_understood(asked: str, got: str):
    assert choose(asked) == (got, None)


def test_an_unknown_word_is_refused():
    with pytest.raises(ValueError, match="no start method 'frok'"):
        choose("frok")


def test_a_plain_process_is_forked():
    assert chosen_after("") == "preloaded None"


def test_numpy_does_not_forbid_forking():
    pytest.importorskip("numpy")
    assert chosen_after("import numpy; numpy.ones((300, 300)) @ numpy.ones((300, 300))") == "preloaded None"


def test_a_thread_forbids_forking_and_is_named():
    said = chosen_after(
        """
        import threading
        threading.Thread(target=threading.Event().wait, name="poller", daemon=True).start()
        """
    )
    assert said.startswith("lean ")
    assert "'poller'" in said


def test_polars_forbids_forking_and_ops_that_use_it_end_well():
    pytest.importorskip("polars")
    code = f"""
        import sys
        sys.path.insert(0, {str(HERE)!r})
        import polars
        polars.DataFrame({{"a": [1]}}).select(polars.col("a").sum())
        from worklike import SmallAttempt, SmallSource
        from dagjob.engine.ports import StepCall
        from dagjob.executors.multiprocess import Multiprocess
        from dagjob.plan.steps import Step, Succeeded
        heard = []
        executor = Multiprocess(SmallAttempt, SmallSource(), heard.append, 2)
        executor.start()
        done = []
        executor.submit(StepCall(Step("uses_polars", ("uses_polars",)), 1))
        while not done:
            done += executor.wait(None)
        executor.close()
        print(executor.start_method, isinstance(done[0].outcome, Succeeded))
        print([e.text for e in heard if hasattr(e, "text")])
        """
    ended = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=True, timeout=60
    )
    assert ended.stdout.startswith("lean True\n")
    assert "polars does not survive a fork" in ended.stdout
    assert "4999950000" in ended.stdout
