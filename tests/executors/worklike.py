"""A small real `Work`: the op of a step is the function of this file that its key begins with.

Fresh processes import this file by name, so the executors' ways of starting a process all find the same functions.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable

from dagjob.engine.interrupts import user_code
from dagjob.engine.ports import Emit, StepCall, Work
from dagjob.engine.step import failed
from dagjob.events import EngineNoted, LogWritten, StepStarted
from dagjob.plan.steps import Outcome, Port, Succeeded
from dagjob.record import Record


class SmallAttempt:
    """Runs one function; its hook is the function of the same name with `_hook` at the end, if there is one."""

    has_more = True
    began = False

    def __init__(self, call: StepCall, emit: Emit) -> None:
        self.call, self.emit = call, emit
        self.name = call.step.key.partition("[")[0]

    def say(self, text: str) -> None:
        self.emit(LogWritten(time.time(), self.call.step.key, self.call.attempt, "INFO", text))

    def begin(self) -> None:
        self.began = True
        self.emit(StepStarted(time.time(), self.call.step.key, self.call.attempt, os.getpid(), self.call.log))

    def run(self) -> Outcome:
        if not self.began:
            self.begin()
        try:
            with user_code():
                globals()[self.name](self)
        except BaseException as error:
            return failed(error, 0.0)
        return Succeeded((Port(self.call.step.key),))

    def finish(self) -> None:
        hook: Callable[[SmallAttempt], None] | None = globals().get(f"{self.name}_hook")
        if hook is not None:
            hook(self)

    def close(self) -> None: ...


class SmallSource(Record):
    """Where fresh processes get the work from. A `broken` one cannot be opened."""

    broken: bool = False

    def open(self) -> Work:
        if self.broken:
            raise ImportError("no module named 'the_users_module'")
        return SmallAttempt


# -- ops -----------------------------------------------------------------------------------------------------------


def fine(at: SmallAttempt) -> None:
    pass


def hooked(at: SmallAttempt) -> None:
    pass


def hooked_hook(at: SmallAttempt) -> None:
    at.emit(EngineNoted(time.time(), "the hook ran", at.call.step.key))


def hangs_in_hook(at: SmallAttempt) -> None:
    pass


def hangs_in_hook_hook(at: SmallAttempt) -> None:
    at.say("in the hook")
    time.sleep(60)


def tidies(at: SmallAttempt) -> None:
    pass


def tidies_hook(at: SmallAttempt) -> None:
    at.say("tidying")
    time.sleep(0.2)
    at.emit(EngineNoted(time.time(), "tidied", at.call.step.key))


def dies_in_hook(at: SmallAttempt) -> None:
    pass


def dies_in_hook_hook(at: SmallAttempt) -> None:
    os._exit(9)


def counts(at: SmallAttempt) -> None:
    for number in range(500):
        at.say(str(number))


def huge(at: SmallAttempt) -> None:
    at.say("x" * 30_000_000)


def chatty(at: SmallAttempt) -> None:
    """Talks until it is stopped."""
    while True:
        at.say("y" * 10_000)


def raises(at: SmallAttempt) -> None:
    raise ValueError("no such orders")


def exits_hard(at: SmallAttempt) -> None:
    os._exit(3)


def exits_with_zero(at: SmallAttempt) -> None:
    os._exit(0)


def leaves_by_sys_exit(at: SmallAttempt) -> None:
    sys.exit(4)


def segfaults(at: SmallAttempt) -> None:
    os.kill(os.getpid(), signal.SIGSEGV)


def killed(at: SmallAttempt) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def sleeps(at: SmallAttempt) -> None:
    """In small steps: Python does not notice a signal that comes between its last look and the call that sleeps."""
    for _ in range(1200):
        time.sleep(0.05)


def naps(at: SmallAttempt) -> None:
    time.sleep(0.1)


def deaf(at: SmallAttempt) -> None:
    """Cannot be asked to stop."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    at.say("deaf now")
    time.sleep(60)


def stubborn(at: SmallAttempt) -> None:
    """Swallows the first interruption, and ends well."""
    try:
        at.say("go on")
        time.sleep(60)
    except BaseException:
        return


def unpicklable_event(at: SmallAttempt) -> None:
    at.emit(LogWritten(time.time(), at.call.step.key, at.call.attempt, "INFO", lambda: "no text"))  # type: ignore[arg-type]


def draws(at: SmallAttempt) -> None:
    at.say(str(random.random()))


def draws_numpy(at: SmallAttempt) -> None:
    import numpy

    at.say(str(numpy.random.random()))


def reads_stdin(at: SmallAttempt) -> None:
    at.say(repr(sys.stdin.read()))


def prints(at: SmallAttempt) -> None:
    print("to stdout")
    print("to stderr", file=sys.stderr)
    os.system("echo from a program")
    print("to stdout again")


def forks_and_both_return(at: SmallAttempt) -> None:
    """What a careless op may do: the forked process comes back from the op as well."""
    if os.fork() == 0:
        at.say("from the fork")
    else:
        os.wait()


def registers_exit_handler(at: SmallAttempt) -> None:
    import atexit

    atexit.register(print, "left by its own exit handler")


def threads_talk(at: SmallAttempt) -> None:
    import threading

    def talk(name: int) -> None:
        for number in range(200):
            at.say(f"{name} {number} " + "z" * 6000)

    threads = [threading.Thread(target=talk, args=(name,)) for name in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def looks_around(at: SmallAttempt) -> None:
    at.say(f"{os.environ['DAGJOB_OP']} {os.environ['DAGJOB_ATTEMPT']} {os.getpgid(0) == os.getpid()}")


def default_signals(at: SmallAttempt) -> None:
    at.say(str(signal.getsignal(signal.SIGCHLD) is signal.SIG_DFL))
    done = subprocess.run([sys.executable, "-c", "import sys; sys.exit(7)"])
    at.say(str(done.returncode))


def leaves_children(at: SmallAttempt) -> None:
    """Starts programs that outlive it, one of them deaf."""
    code = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)"
    for command in (["sleep", "60"], [sys.executable, "-c", code]):
        at.say(str(subprocess.Popen(command).pid))


def stops_its_template_and_leaves_children(at: SmallAttempt) -> None:
    os.kill(os.getppid(), signal.SIGSTOP)
    leaves_children(at)


def leaves_children_and_sleeps(at: SmallAttempt) -> None:
    leaves_children(at)
    time.sleep(60)


def leaves_a_thread(at: SmallAttempt) -> None:
    import threading

    threading.Thread(target=time.sleep, args=(60,)).start()


def open_descriptors(at: SmallAttempt) -> None:
    at.say(
        ",".join(
            sorted(
                os.readlink(f"/proc/self/fd/{fd}")
                for fd in os.listdir("/proc/self/fd")
                if int(fd) > 2 and os.path.exists(f"/proc/self/fd/{fd}")
            )
        )
    )


def grabs_memory(at: SmallAttempt) -> None:
    held = bytearray(80_000_000)
    at.say(str(len(held)))


def uses_polars(at: SmallAttempt) -> None:
    import polars

    frame = polars.DataFrame({"a": list(range(100_000))})
    at.say(str(frame.select(polars.col("a").sum()).item()))


def busy_in_c(at: SmallAttempt) -> None:
    """No signal handler of Python's runs meanwhile."""
    at.say("busy now")
    sum(range(10**13))


def busy_loop(at: SmallAttempt) -> None:
    while True:
        pass


def goes_elsewhere(at: SmallAttempt) -> None:
    os.chdir("/")


def sets_a_variable(at: SmallAttempt) -> None:
    os.environ["LEFT_BEHIND"] = "1"


def extends_the_path(at: SmallAttempt) -> None:
    sys.path.append("/nowhere")


def unblocked_signals(at: SmallAttempt) -> None:
    at.say(str(signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, ())))


def closes_stdout(at: SmallAttempt) -> None:
    os.close(1)
    sys.stderr.close()
