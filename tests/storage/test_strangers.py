"""What another user can do, and what may lie in the place of our files. Second users are real: these tests need root."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dagjob.builtin.fs_io import read_pickle, write_pickle
from dagjob.builtin.ownership import SAFE, open_regular
from dagjob.builtin.private_files import open_private
from dagjob.cli.index import Entry, Index, read_index, write_index
from dagjob.errors import DagjobInvariantViolationError, DagjobStateError
from dagjob.launch.settings import find_project
from dagjob.storage.history import History
from dagjob.storage.locks import RunLock, is_held
from dagjob.storage.paths import StateDir
from dagjob.storage.runs import RunStore

MALLORY = 65534  # nobody
JOBS = """
from dagjob import job, op

@op
def one():
    return 1

@op
def two(n):
    return n

@job
def daily():
    two(one())
"""
needs_root = pytest.mark.skipif(os.name == "nt" or os.geteuid() != 0, reason="only root can make another user's files")


def give_away(path: Path) -> None:
    """Let it belong to another user."""
    os.chown(path, MALLORY, MALLORY, follow_symlinks=False)


@pytest.fixture
def shared(tmp_path: Path) -> Path:
    """A folder that everybody may write, as /tmp, with one of ours in it."""
    (tmp_path / "shared" / "mine").mkdir(parents=True)
    (tmp_path / "shared").chmod(0o1777)
    return tmp_path / "shared"


@pytest.fixture
def state(tmp_path: Path) -> StateDir:
    """A state directory with one recorded run and an index."""
    found = StateDir(str(tmp_path / ".dagjob"))
    RunStore.create(found, "first").close()
    write_index(found, Index((Entry("daily", "jobs.py:daily", "", ()),), {}))
    return found


# -- whose project -------------------------------------------------------------------------------------------------


@needs_root
@pytest.mark.parametrize("sign", ["pyproject.toml", ".dagjob", ".git"])
def test_what_another_user_puts_into_a_folder_above_is_passed_over(shared: Path, sign: str) -> None:
    if sign == "pyproject.toml":
        (shared / sign).write_text('[tool.dagjob]\nmodules = ["evil"]\n')
    else:
        (shared / sign).mkdir()
    heard: list[str] = []
    assert find_project(str(shared / "mine"), heard.append) is not None and heard == []
    give_away(shared / sign)
    assert find_project(str(shared / "mine"), heard.append) is None
    assert heard == [str(shared / sign)]


@needs_root
def test_a_link_of_another_user_to_a_folder_of_ours_is_passed_over(shared: Path) -> None:
    (shared / "mine" / "state").mkdir()
    (shared / ".dagjob").symlink_to(shared / "mine" / "state")
    give_away(shared / ".dagjob")
    assert find_project(str(shared / "mine")) is None


@needs_root
def test_who_trusts_another_user_says_so(shared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (shared / "pyproject.toml").write_text("[tool.dagjob]\n")
    give_away(shared / "pyproject.toml")
    for value, found in ((f"/nowhere{os.pathsep}{shared}", True), ("*", True), (f"{shared}x", False)):
        monkeypatch.setenv(SAFE, value)
        assert (find_project(str(shared / "mine")) is not None) == found


@needs_root
def test_discovery_imports_no_file_of_another_user(
    shared: Path, tmp_path: Path, dagjob: Callable[..., tuple[int, str, str]]
) -> None:
    (shared / "jobs.py").write_text(f"from dagjob import job\nopen({str(tmp_path / 'ran')!r}, 'w')\n")
    (shared / "pyproject.toml").write_text('[tool.dagjob]\nmodules = ["jobs"]\n')
    give_away(shared / "jobs.py")
    give_away(shared / "pyproject.toml")
    code, out, err = dagjob("list", cwd=shared)
    assert code == 4 and "belongs to another user" in out
    assert "passed over" in err and f"export {SAFE}={shared}" in err
    assert dagjob("run", "daily", cwd=shared)[0] == 5
    assert not (tmp_path / "ran").exists()


@needs_root
def test_root_works_in_the_folder_of_another_user_as_a_container_does(
    tmp_path: Path, dagjob: Callable[..., tuple[int, str, str]]
) -> None:
    checkout = tmp_path / "checkout"
    checkout.mkdir()
    (checkout / "pyproject.toml").write_text('[tool.dagjob]\npython-path = ["src"]\n')
    (checkout / "jobs.py").write_text(JOBS)
    for path in (checkout, *checkout.iterdir()):
        give_away(path)
    assert dagjob("run", "daily", "-e", "in_process", cwd=checkout)[0] == 0
    assert "daily" in dagjob("list", cwd=checkout)[1]
    assert dagjob("runs", "output", "latest", "two", cwd=checkout)[:2] == (0, "1\n")
    give_away(checkout / ".dagjob")  # made by that user, from now on
    code, _, err = dagjob("run", "daily", cwd=checkout)
    assert code == 7
    assert "belongs to another user" in err and "--home" in err and "--no-state" in err and SAFE in err
    code, out, _ = dagjob("list", cwd=checkout)
    assert code == 0 and "daily" in out


# -- whose state ---------------------------------------------------------------------------------------------------


@needs_root
@pytest.mark.parametrize("name", [".", "dagjob.db", "runs"])
def test_the_state_of_another_user_is_neither_read_nor_written(
    state: StateDir, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    give_away(Path(state.root, name))
    for use in (lambda: History.open(state), lambda: RunStore.create(state, "second")):
        with pytest.raises(DagjobStateError, match="belongs to another user") as refused:
            use()
        assert any(f"export {SAFE}=" in note for note in refused.value.notes)
    assert read_index(state) is None
    monkeypatch.setenv(SAFE, state.root)
    history = History.open(state)
    assert history is not None
    history.close()


@needs_root
def test_an_index_of_another_user_names_no_job(state: StateDir) -> None:
    assert read_index(state) is not None
    give_away(Path(state.index))
    assert read_index(state) is None


@needs_root
def test_a_stored_value_of_another_user_is_not_loaded(tmp_path: Path) -> None:
    path = tmp_path / "value"
    write_pickle(str(path), 1, private=True)
    link = tmp_path / "link"
    link.symlink_to(path)
    give_away(path)
    for each in (path, link):
        with pytest.raises(DagjobInvariantViolationError, match="belongs to another user"):
            read_pickle(str(each))


@pytest.mark.skipif(os.name == "nt", reason="no modes")
def test_an_empty_folder_that_all_may_write_is_made_private_by_the_first_run(tmp_path: Path) -> None:
    found = StateDir(str(tmp_path / "mounted"))  # as a file system in memory is when it is mounted
    Path(found.root).mkdir()
    Path(found.root).chmod(0o1777)
    assert History.open(found) is None
    assert Path(found.root).stat().st_mode & 0o7777 == 0o1777  # a query changes nothing
    RunStore.create(found, "first").close()
    assert Path(found.root).stat().st_mode & 0o777 == 0o700


def test_a_state_directory_that_all_may_write_is_refused(state: StateDir) -> None:
    os.chmod(state.root, 0o777)
    with pytest.raises(DagjobStateError, match="any user may change") as refused:
        History.open(state)
    assert any("chmod -R go=" in note for note in refused.value.notes)


@needs_root
def test_a_reader_of_an_old_wide_state_directory_cannot_lock_its_database(state: StateDir, tmp_path: Path) -> None:
    for path in (tmp_path, Path(state.root), *Path(state.root).iterdir()):
        path.chmod(0o755 if path.is_dir() else 0o644)
    RunStore.create(state, "second").close()
    for path in [*Path(state.root).glob("dagjob.db*")]:
        assert path.stat().st_mode & 0o077 == 0, path
        as_other = "import os, sys; os.setgid(65534); os.setuid(65534); open(sys.argv[1], 'rb')"
        tried = subprocess.run([sys.executable, "-c", as_other, str(path)], capture_output=True, text=True)
        assert "PermissionError" in tried.stderr


# -- what is no file -----------------------------------------------------------------------------------------------


@pytest.fixture(params=["pipe", "device", "socket", "folder", "link"])
def plant(request: pytest.FixtureRequest) -> Iterator[Callable[[Path], None]]:
    """Puts something that is no file in the place of one."""
    opened: list[socket.socket] = []

    def put(path: Path) -> None:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        path.unlink(missing_ok=True)
        match request.param:
            case "pipe":
                os.mkfifo(path)
            case "device":
                path.symlink_to("/dev/zero")
            case "folder":
                path.mkdir()
            case "link":
                path.symlink_to("/nowhere/at/all")
            case "socket":
                opened.append(socket.socket(socket.AF_UNIX))
                here = os.open(path.parent, os.O_RDONLY)
                opened[-1].bind(f"/proc/self/fd/{here}/{path.name}")
                os.close(here)

    yield put
    for one in opened:
        one.close()


@pytest.mark.timeout(20)
@pytest.mark.parametrize("name", [".", "dagjob.db", "runs", "runs/second", "runs/second/lock"])
def test_what_is_no_file_in_the_state_directory_is_refused_at_once(
    state: StateDir, name: str, plant: Callable[[Path], None], request: pytest.FixtureRequest
) -> None:
    is_folder = name in (".", "runs", "runs/second")
    if is_folder and request.node.callspec.params["plant"] == "folder":
        pytest.skip("a folder is what it must be")
    path = Path(os.path.normpath(os.path.join(state.root, name)))
    path.parent.mkdir(exist_ok=True)
    plant(path)
    with pytest.raises(DagjobStateError):
        RunStore.create(state, "second")
    if "second" not in name and request.node.callspec.params["plant"] != "link":
        with pytest.raises(DagjobStateError):
            History.open(state)


@pytest.mark.timeout(20)
def test_what_is_no_file_is_not_read_where_a_file_is_looked_for(
    state: StateDir, tmp_path: Path, plant: Callable[[Path], None]
) -> None:
    plant(Path(state.index))
    assert read_index(state) is None
    plant(tmp_path / "pyproject.toml")
    assert find_project(str(tmp_path / ".dagjob")) is not None  # .dagjob in tmp_path
    plant(tmp_path / "lock")
    assert is_held(str(tmp_path / "lock")) is None
    for use in (
        lambda: open_regular(str(tmp_path / "lock")),
        lambda: open_private(str(tmp_path / "lock"), os.O_WRONLY),
    ):
        with pytest.raises(OSError):
            use()
    plant(tmp_path / "value")
    with pytest.raises(OSError):
        read_pickle(str(tmp_path / "value"))
    with pytest.raises(OSError):
        RunLock(str(tmp_path / "lock")).acquire()


@pytest.mark.timeout(60)
def test_a_pipe_in_the_place_of_the_history_hangs_no_command(
    project: Callable[..., Path], dagjob: Callable[..., tuple[int, str, str]]
) -> None:
    project("jobs.py", JOBS)
    (project() / ".dagjob").mkdir(mode=0o700)
    os.mkfifo(project() / ".dagjob" / "dagjob.db")
    for command in (["run", "daily"], ["runs", "list"]):
        code, _, err = dagjob(*command, timeout=20)
        assert code == 7 and "is a named pipe, not a file" in err


# -- the folder of a run -------------------------------------------------------------------------------------------


def test_a_run_id_that_has_been_is_refused_before_any_op_runs(state: StateDir) -> None:
    from recorded_runs import good_run

    with RunStore.create(state, "again") as store:
        for event in good_run("again"):
            store(event)
    with pytest.raises(DagjobStateError, match='"again" has already been'):
        RunStore.create(state, "again")
    assert is_held(state.lock("again")) is False
