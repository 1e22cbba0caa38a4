"""`dagjob explain CODE`: what an error code means, an example of it, and what to do. docs/errors.md is made of the same texts.

Loads nothing of the user's, and nothing of ours that it does not print.
"""

from __future__ import annotations

from collections.abc import Mapping

from dagjob.cli import codes_of_input, codes_of_runs, registry_help
from dagjob.cli.arguments import ParsedArguments
from dagjob.cli.explanation import Explanation
from dagjob.cli.output import say, say_json
from dagjob.cli.values import chosen
from dagjob.errors import DagjobUnknownTargetError, ExitCode, nearest


def explain(args: ParsedArguments) -> int:
    """Print the explanation of a code; without one, all codes with their titles."""
    asked = args.text(registry_help.CODE)
    named = chosen(registry_help.FORMAT, args.text(registry_help.FORMAT)) or "human"
    if asked is None:
        if named == "json":
            say_json({"codes": [{"code": code, "title": each.title} for code, each in CODES.items()]})
        else:
            say(f"{code}  {each.title}" for code, each in CODES.items())
        return ExitCode.OK
    code = asked.upper()
    code = f"DJ{code}" if code.isdigit() else code
    found = CODES.get(code)
    if found is None:
        near = nearest(code, CODES)
        hint = f'did you mean "{near}"?' if near else "dagjob explain  lists them all"
        raise DagjobUnknownTargetError(f'there is no error code "{asked}"').noting(hint)
    if named == "json":
        say_json({"code": code, "title": found.title, "text": found.text.strip(), "example": found.example.strip()})
    else:
        say([f"{code}: {found.title}", "", *found.text.strip().splitlines(), "", "For example:", "", *_example(found)])
    return ExitCode.OK


def _example(found: Explanation) -> list[str]:
    return [f"    {line}".rstrip() for line in found.example.strip().splitlines()]


def page() -> str:
    """All explanations as one Markdown page."""
    parts = [
        "# Error codes",
        "Every error that dagjob tells has a code. `dagjob explain CODE` prints what stands here.",
    ]
    for code, each in CODES.items():
        parts += [f"## {code}: {each.title}", each.text.strip(), "For example:", "\n".join(_example(each))]
    return "\n\n".join(parts) + "\n"


CODES: Mapping[str, Explanation] = {**codes_of_input.CODES, **codes_of_runs.CODES}
"""All codes, in order."""
