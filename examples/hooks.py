"""Something to do whenever an op has failed, or has succeeded: hooks.

    dagjob run examples/hooks.py                                # succeeds
    dagjob run examples/hooks.py --set fetch.url=ftp://old      # fails, and writes to alerts.txt

A hook hears of the end of an op, after its retries. What it raises is told and changes nothing in the run.
"""

from pathlib import Path

from dagjob import Field, HookContext, OpExecutionContext, failure_hook, job, op, success_hook


@failure_hook
def alert(context: HookContext) -> None:
    with Path("alerts.txt").open("a") as file:  # stands for a message to whoever is on call
        file.write(f"{context.job_name}: {context.op.name} failed: {context.op_exception}\n")


@success_hook
def note(context: HookContext) -> None:
    context.log.info(f"{context.op.name} made {context.op_output_values}")


@op(config_schema={"url": Field(str, default_value="https://example.com")})
def fetch(context: OpExecutionContext) -> int:
    if not context.op_config["url"].startswith("https://"):
        raise ValueError("only https is allowed")
    return 3


@op
def report(pages: int) -> str:
    return f"{pages} pages"


@job(hooks={alert, note})
def crawl():
    report(fetch())
