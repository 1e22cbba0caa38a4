"""Config as a class: typed, with defaults, limits and an editor that knows it.

    dagjob run examples/typed_config.py --set letter.name=Ada
    dagjob run examples/typed_config.py --set letter.name=Ada --set letter.copies=many    # a mistake, and what it says

A mistake is found before anything runs. The class costs the import of pydantic; a dict of types (`config_schema=`, as
in `optional_output.py`) does not.
"""

from pydantic import Field

from dagjob import Config, job, op


class Letter(Config):
    name: str = Field(description="to whom it goes")
    copies: int = Field(default=1, ge=1, le=10)
    urgent: bool = False


@op
def letter(config: Letter) -> list[str]:
    opening = "Urgent: dear" if config.urgent else "Dear"
    return [f"{opening} {config.name}"] * config.copies


@op
def post(letters: list[str]) -> None:
    print(*letters, sep="\n")


@job
def mail():
    post(letter())
