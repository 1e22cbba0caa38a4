"""What ops said, as lines for people: a time and a level before each log line, a headline before each later attempt."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from dagjob.cli.session import Session
from dagjob.display.sanitize import clean_lines
from dagjob.storage.records import LogLine

LONGEST = 1 << 20
"""Characters of one line that are printed."""
WORDS = {"timeout": "TIMEOUT", "canceled": "STOPPED"}


class LogStory:
    """Call it with each line of a log: what comes back is printed, some of it many lines in a text: a log may be large.

    `named`: before each line stands whose it is.
    """

    def __init__(self, named: bool, session: Session, tb: str) -> None:
        self._named = named
        self._session = session
        self._tb = tb
        self._attempts: dict[str, int] = {}

    def __call__(self, line: LogLine) -> Iterator[str]:
        """The line as it is printed."""
        if self._attempts.setdefault(line.step, line.attempt) != line.attempt:
            self._attempts[line.step] = line.attempt
            yield f"-- {line.step}, attempt {line.attempt} --"
        before = f"{line.step}  " if self._named else ""
        if line.stream == "output" and _is_plain(line.text):
            yield before + line.text.replace("\n", f"\n{before}")
            return
        if line.error is not None:
            told = self._error(line)
        else:
            stamp = f"{_clock(line.at)} {(line.level or '').upper():<8} " if line.stream == "log" else ""
            first, *rest = clean_lines(line.text, LONGEST)
            told = [stamp + first, *(" " * len(stamp) + more for more in rest)]
        yield from (f"{before}{text}".rstrip() for text in told)

    def _error(self, line: LogLine) -> list[str]:
        from dagjob.display.failure import error_lines
        from dagjob.display.traceback import headline, own

        assert line.error is not None
        head = f"{_clock(line.at)} {WORDS.get(line.level or '', 'FAILED'):<8} {headline(own(line.error))}"
        options = self._session.display(sys.stdout, tb=self._tb)
        style = self._session.style(sys.stdout)
        return [head, *(f"  {text}" for text in error_lines(line.error, options, style, headline=False))]


def _is_plain(text: str) -> bool:
    """Whether all lines of a text can be shown as they are: looked at together, which is much quicker than one by one."""
    return (
        text.replace("\n", "").isprintable()
        and " \n" not in text
        and "\n\n" not in text
        and not text.endswith((" ", "\n"))
        and not text.startswith("\n")
        and text != ""
    )


def _clock(at: float | None) -> str:
    from time import localtime, strftime

    return strftime("%H:%M:%S", localtime(at)) if at is not None else "--:--:--"
