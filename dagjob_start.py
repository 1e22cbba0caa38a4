"""The first of our code that the command `dagjob` runs: from here on Ctrl-C ends it without a word, as the signal does.

Before that Python answers Ctrl-C with a traceback of its own, so this stands beside the package, whose head takes a
millisecond, and imports nothing that must be looked for. Who was started with SIGINT ignored, as by a shell in the
background, keeps that.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal as _signal
else:
    import _signal  # It is built in, and loaded already.

if _signal.getsignal(_signal.SIGINT) is _signal.default_int_handler:
    _signal.signal(_signal.SIGINT, _signal.SIG_DFL)


def main() -> int:
    """Run the command line of this process. What has something to put in order at Ctrl-C says so there."""
    from dagjob.__main__ import main as run_command_line

    return run_command_line()
