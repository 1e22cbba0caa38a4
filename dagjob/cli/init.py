"""`dagjob init`: the smallest project that runs. Existing files are never overwritten."""

import os

from dagjob.cli import registry_help
from dagjob.cli.arguments import ParsedArguments
from dagjob.cli.output import say
from dagjob.errors import DagjobUsageError, ExitCode

JOBS = '''\
"""A first job: dagjob run hello -c prod.yaml"""

from dagjob import Field, job, op


@op(config_schema={"name": Field(str, default_value="world")})
def greeting(context) -> str:
    return f"Hello, {context.op_config['name']}!"


@op
def shout(context, text: str) -> None:
    context.log.info(text.upper())


@job
def hello():
    """Says hello, loudly."""
    shout(greeting())
'''

CONFIG = """\
ops:
  greeting:
    config:
      name: production
"""

SECTION = """\
[tool.dagjob]
paths = ["jobs.py"]
"""


def init(args: ParsedArguments) -> int:
    directory = args.text(registry_help.WHERE)
    folder = directory or "."
    pyproject = os.path.join(folder, "pyproject.toml")
    existing = _text_of(pyproject)
    has_section = existing is not None and "[tool.dagjob" in existing
    taken = [name for name in ("jobs.py", "prod.yaml") if os.path.lexists(os.path.join(folder, name))]
    if has_section:
        taken.append("[tool.dagjob] in pyproject.toml")
    if taken:
        where = f' in "{folder}"' if directory else ""
        raise DagjobUsageError(f"already there{where}: {', '.join(taken)}; nothing was written")
    try:
        os.makedirs(folder, exist_ok=True)
        for name, text in (("jobs.py", JOBS), ("prod.yaml", CONFIG)):
            with open(os.path.join(folder, name), "x", encoding="utf-8") as file:
                file.write(text)
        with open(pyproject, "a", encoding="utf-8") as file:
            file.write(SECTION if not existing else f"{'' if existing.endswith(chr(10)) else chr(10)}\n{SECTION}")
    except OSError as error:
        raise DagjobUsageError(f'cannot write the project: "{error.filename}": {error.strerror}') from None
    wrote = [os.path.join(folder, name) if directory else name for name in ("jobs.py", "prod.yaml", "pyproject.toml")]
    inside = f"-C {folder} " if directory and os.path.abspath(folder) != os.getcwd() else ""
    say([f"wrote {', '.join(wrote)}", f"run it:  dagjob {inside}run hello -c prod.yaml"])
    return ExitCode.OK


def _text_of(path: str) -> str | None:
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise DagjobUsageError(f'cannot read "{path}": {error}') from None
