"""The smallest job: one op feeds another.

    dagjob run examples/hello.py

A file that holds one job needs no name after the path; otherwise it is `examples/hello.py:hello`.
"""

from dagjob import job, op


@op
def name() -> str:
    return "world"


@op
def greet(name: str) -> str:
    greeting = f"Hello, {name}!"
    print(greeting)
    return greeting


@job
def hello():
    greet(name())
