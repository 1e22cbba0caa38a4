"""Which executor a run gets: what its definition makes, whatever it is called."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]
Project = Callable[..., Path]

JOB = """
from dagjob import {imports}, job, op

{definitions}

@op
def one():
    return 1

@op
def two(x):
    print("two got", x)

@job(executor_def={executor})
def small():
    two(one())
"""


def small_job(project: Project, executor: str, imports: str = "executor", definitions: str = "") -> None:
    project("jobs.py", JOB.format(imports=imports, executor=executor, definitions=definitions))


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("in_process_executor.configured({}, name='mine')", "mine"),
        ("multiprocess_executor.configured({'max_concurrent': 1}, name='mine')", "mine"),
        ("multi_or_in_process_executor.configured({'in_process': {}}, name='mine')", "in_process"),
        ("multi_or_in_process_executor.configured({'multiprocess': {}})", "multiprocess"),
    ],
)
def test_an_executor_with_another_name_is_the_same_executor(
    name: str, shown: str, project: Project, dagjob: Run
) -> None:
    small_job(project, name, imports=name.partition(".")[0])
    done = dagjob("run", "jobs.py", "--format", "jsonl")
    assert done.code == 0, done.stderr
    assert f'"executor":"{shown}"' in done.stdout.replace(": ", ":")


IN_ORDER = '''
from dagjob.engine.ports import Executor

class InOrder(Executor):
    """Does each call when it is waited for, in this process."""

    in_this_process = True

    def __init__(self, context):
        self.context, self.calls = context, []

    def submit(self, call):
        self.calls.append(call)

    def wait(self, timeout):
        from dagjob.engine.ports import StepDone

        done = []
        while self.calls:
            call = self.calls.pop(0)
            attempt = self.context.work(call, self.context.emit)
            outcome = attempt.run()
            attempt.finish()
            done.append(StepDone(call.step.key, call.attempt, outcome))
        return done

@executor(config_schema={"word": str})
def in_order(context):
    print("made with", context.executor_config["word"], context.executor_def.name, context.job.name)
    return InOrder(context)
'''


def test_a_function_of_the_user_makes_the_executor(project: Project, dagjob: Run) -> None:
    small_job(project, "in_order", definitions=IN_ORDER)
    done = dagjob("run", "jobs.py", "--set", "execution.config.word=ok")
    assert done.code == 0, done.stderr
    assert "made with ok in_order small" in done.stdout + done.stderr
    assert re.search(r"2 ops?|2 done|2 success", done.stderr), done.stderr


def test_the_config_of_an_executor_of_the_user_is_checked(project: Project, dagjob: Run) -> None:
    small_job(project, "in_order", definitions=IN_ORDER)
    done = dagjob("run", "jobs.py")
    assert done.code == 6
    assert "word" in done.stderr


PRIVATE = """
class Private:
    retries = None
    def execute(self, plan_context, execution_plan):
        yield

@executor
def private(init_context):
    return Private()
"""


def test_an_executor_written_for_dagsters_private_interface_is_refused_in_words(project: Project, dagjob: Run) -> None:
    small_job(project, "private", definitions=PRIVATE)
    done = dagjob("run", "jobs.py")
    assert done.code == 4
    assert 'executor "private" returned a Private' in done.stderr
    assert "submit" in done.stderr
    assert "wait" in done.stderr
    assert "two got" not in done.stdout + done.stderr


def test_what_an_executor_function_raises_is_told_as_the_users(project: Project, dagjob: Run) -> None:
    small_job(
        project, "broken", definitions="@executor\ndef broken(init_context):\n    raise RuntimeError('no cluster')"
    )
    done = dagjob("run", "jobs.py")
    assert done.code == 4
    assert 'executor "broken"' in done.stderr
    assert "no cluster" in done.stderr


def test_a_definition_that_makes_nothing_is_refused(project: Project, dagjob: Run) -> None:
    small_job(project, "ExecutorDefinition('empty')", imports="ExecutorDefinition")
    done = dagjob("run", "jobs.py")
    assert done.code == 4
    assert 'executor "empty"' in done.stderr


DEMANDS = """
from dagjob import ExecutorRequirement, mem_io_manager

@executor(requirements=[ExecutorRequirement.PERSISTENT_OUTPUTS])
def far(init_context):
    raise AssertionError("never made")
"""


def test_the_demands_of_an_executor_are_checked_before_it_is_made(project: Project, dagjob: Run) -> None:
    small_job(project, "far, resource_defs={'io_manager': mem_io_manager}", definitions=DEMANDS)
    done = dagjob("run", "jobs.py")
    assert done.code == 4
    assert 'executor "far"' in done.stderr
    assert '"one"' in done.stderr
    assert "mem_io_manager" in done.stderr


def test_the_command_line_takes_the_executors_of_the_table(project: Project, dagjob: Run) -> None:
    small_job(project, "in_order", definitions=IN_ORDER)
    assert dagjob("run", "jobs.py", "-e", "in_process").code == 0
    wrong = dagjob("run", "jobs.py", "-e", "in_order")
    assert wrong.code == 2
    assert "in_process, multiprocess" in wrong.stderr
