import os

import pytest

from dagjob.errors import DagjobStateError, ExitCode
from dagjob.storage.paths import StateDir, file_name, find_state_dir, on_network, prepare


@pytest.fixture
def project(tmp_path):
    return str(tmp_path / "project")


def test_the_option_wins_over_everything(project, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    state = find_state_dir("here", {"DAGJOB_HOME": "/there"}, project, "elsewhere")
    assert state.root == str(tmp_path / "here")


def test_the_variable_wins_over_settings_and_project(project):
    assert find_state_dir(None, {"DAGJOB_HOME": "/there"}, project, "elsewhere").root == "/there"


def test_the_home_of_the_settings_counts_from_the_project(project):
    assert find_state_dir(None, {}, project, "../state").root == os.path.join(os.path.dirname(project), "state")


def test_a_project_keeps_its_state_in_itself(project):
    assert find_state_dir(None, {}, project).root == os.path.join(project, ".dagjob")


def test_without_a_project_each_folder_has_a_state_of_the_users_own(tmp_path):
    environ = {"XDG_STATE_HOME": str(tmp_path / "xdg")}
    one, other = (find_state_dir(None, environ, None, folder=str(tmp_path / name)).root for name in "ab")
    assert one != other
    assert os.path.dirname(one) == os.path.dirname(other) == str(tmp_path / "xdg" / "dagjob")


def test_without_xdg_it_lies_below_the_home_of_the_user(tmp_path):
    root = find_state_dir(None, {"HOME": str(tmp_path)}, None, folder="/a").root
    assert os.path.dirname(root) == str(tmp_path / ".local" / "state" / "dagjob")


def test_looking_for_the_state_makes_nothing(tmp_path):
    find_state_dir(None, {"XDG_STATE_HOME": str(tmp_path / "xdg")}, None)
    find_state_dir(None, {}, str(tmp_path))
    assert os.listdir(tmp_path) == []


def test_the_first_run_makes_it_and_hides_it_from_git_and_backups(tmp_path):
    state = StateDir(str(tmp_path / "a" / ".dagjob"))
    assert prepare(state) is None
    assert (tmp_path / "a" / ".dagjob" / ".gitignore").read_text() == "*\n"
    assert (
        (tmp_path / "a" / ".dagjob" / "CACHEDIR.TAG")
        .read_text()
        .startswith("Signature: 8a477f597d28d172789f06886806bc55")
    )


def test_a_folder_of_the_users_own_gets_no_gitignore(tmp_path):
    (tmp_path / "mine.py").write_text("")
    prepare(StateDir(str(tmp_path)))
    assert os.listdir(tmp_path) == ["mine.py"]


def test_a_place_that_cannot_be_written_names_the_ways_out(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(DagjobStateError) as caught:
        prepare(StateDir(str(tmp_path / "file" / ".dagjob")))
    assert caught.value.exit_code == ExitCode.STATE
    assert str(tmp_path / "file") in str(caught.value)
    notes = " ".join(caught.value.notes)
    assert "--home" in notes
    assert "--no-state" in notes


def test_every_path_of_a_run_lies_in_its_folder():
    state = StateDir("/s")
    assert state.run("r") == "/s/runs/r"
    assert state.lock("r") == "/s/runs/r/lock"
    assert state.log("r", "outer.load[a]", 2) == "/s/runs/r/logs/outer.load[a].2.out"
    assert state.out("r") == "/s/runs/r/out"
    assert (state.db, state.index) == ("/s/dagjob.db", "/s/index.json")


def test_long_keys_that_differ_at_their_end_get_names_of_their_own():
    names = {file_name(f"parse[{'x' * 400}{number}]") for number in range(2000)}
    assert len(names) == 2000
    assert all(len(name.encode()) <= 200 for name in names)


def test_a_long_key_is_cut_between_characters():
    assert file_name("ü" * 300).encode().decode().startswith("ü" * 80)


def test_keys_that_differ_by_case_do_not_share_a_file_on_any_system():
    names = [file_name(key) for key in ("load", "Load", "LOAD", "loaD")]
    assert len({name.lower() for name in names}) == 4
    assert names[0] == "load"


MOUNTS = """overlay / overlay rw 0 0
server:/home /home nfs4 rw 0 0
tmpfs /home/me/local tmpfs rw 0 0
//nas/share /mnt/my\\040share cifs rw 0 0
"""


@pytest.mark.parametrize(
    ("path", "shared"),
    [
        ("/home/me/project/.dagjob", True),
        ("/home/me/local/x", False),
        ("/homestead", False),
        ("/mnt/my share/p", True),
        ("/", False),
    ],
)
def test_a_network_file_system_is_recognised_by_the_mount_that_holds_the_path(path, shared):
    assert on_network(path, MOUNTS) is shared


def test_where_no_network_is_mounted_nothing_is_on_one():
    assert not on_network("/home", "overlay / overlay rw 0 0\n")


def test_a_database_that_lives_away_is_told_once(tmp_path):
    state = StateDir(str(tmp_path / "nfs" / ".dagjob"), str(tmp_path / "local"))
    assert str(tmp_path / "local") in prepare(state)
    assert prepare(state) is None
    assert state.db == str(tmp_path / "local" / "dagjob.db")
    assert state.lock("r").startswith(state.root)
