"""A sink of your own: a summary of the run in a Markdown file that the command line names.

dagjob run ../hello.py --sink summary_file:SummaryFile=summary.md
"""

from dagjob.engine.ports import Sink
from dagjob.events import Event, RunEnded, RunStarted, StepFailed, StepSucceeded


class SummaryFile(Sink):
    """Collects how each op ended; writes when the run is over."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.lines: list[str] = []

    def __call__(self, event: Event) -> None:
        match event:
            case RunStarted():
                self.lines += [f"# {event.job}", ""]
            case StepSucceeded():
                self.lines.append(f"- {event.step}: ok, {event.seconds:.1f}s")
            case StepFailed():
                self.lines.append(f"- {event.step}: **{event.error.type}** {event.error.message}")
            case RunEnded():
                self.lines += ["", f"{event.status} after {event.seconds:.1f}s"]

    def close(self) -> None:
        with open(self.file, "w", encoding="utf-8") as file:
            file.write("\n".join(self.lines) + "\n")
