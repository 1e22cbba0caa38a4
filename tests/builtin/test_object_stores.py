"""Values under a URL: fsspec's memory and local file systems, and a real S3 server."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from dagjob import (
    DagjobInvariantViolationError,
    FilesystemIOManager,
    IOManagerDefinition,
    Out,
    UPathIOManager,
    custom_path_fs_io_manager,
    job,
    op,
)

fsspec = pytest.importorskip("fsspec", reason="fsspec is not installed")


@op(out=Out(metadata={"path": "sales/day.pickle"}))
def make() -> list[int]:
    return [1, 2]


@op
def use(x: list[int]) -> list[int]:
    return [*x, 3]


def through(manager: Any) -> Any:
    @job(name="j", resource_defs={"io_manager": manager})
    def j() -> None:
        use(make())

    return j.execute_in_process(raise_on_error=False)


@pytest.fixture(params=["memory", "file"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return f"memory://values/{tmp_path.name}" if request.param == "memory" else f"file://{tmp_path}"


def stored(url: str) -> list[str]:
    store, path = fsspec.core.url_to_fs(url)
    return sorted(each.removeprefix(path).lstrip("/") for each in store.find(path))


def test_values_lie_under_the_url_and_are_read_from_there(url: str) -> None:
    result = through(FilesystemIOManager(base_dir=url))
    assert result.output_for_node("use") == [1, 2, 3]
    assert stored(url) == [f"{result.run_id}/make/result", f"{result.run_id}/use/result"]
    (event, *_) = [each for each in result.all_events if each.event_type_value == "HANDLED_OUTPUT"]
    assert event.event_specific_data.metadata["path"].value == f"{url}/{result.run_id}/make/result"


def test_a_path_of_ones_own_lies_under_the_url_too(url: str) -> None:
    @job(resource_defs={"io_manager": custom_path_fs_io_manager.configured({"base_dir": url})})
    def j() -> None:
        make()

    j.execute_in_process()
    assert stored(url) == ["sales/day.pickle"]


class Text(UPathIOManager):
    extension = ".txt"

    def dump_to_path(self, context: Any, obj: Any, path: Any) -> None:
        with path.open("w") as file:
            file.write(repr(obj))

    def load_from_path(self, context: Any, path: Any) -> Any:
        assert self.path_exists(path)
        assert self.has_output(context.upstream_output)
        with path.open() as file:
            return eval(file.read())


def test_a_base_path_may_be_a_url(url: str) -> None:
    pytest.importorskip("upath", reason="universal-pathlib is not installed")
    result = through(IOManagerDefinition.hardcoded_io_manager(Text(url)))
    assert result.output_for_node("use") == [1, 2, 3]
    assert stored(url) == [f"{result.run_id}/make/result.txt", f"{result.run_id}/use/result.txt"]


def test_what_cannot_be_pickled_leaves_nothing(url: str) -> None:
    @op
    def bad() -> Any:
        return lambda: None

    @job(resource_defs={"io_manager": FilesystemIOManager(base_dir=url)})
    def j() -> None:
        bad()

    with pytest.raises(DagjobInvariantViolationError, match="cannot be pickled"):
        j.execute_in_process()
    assert stored(url) == []


@pytest.mark.parametrize(
    ("damage", "cause"),
    [
        (lambda store, path: store.rm_file(path), "FileNotFoundError"),
        (lambda store, path: store.pipe_file(path, b""), "EOFError"),
        (lambda store, path: store.pipe_file(path, b"hello"), "UnpicklingError"),
    ],
)
def test_a_value_that_is_gone_or_damaged_fails_the_op_that_reads_it(
    url: str, damage: Callable[[Any, str], None], cause: str
) -> None:
    class Damaged(FilesystemIOManager):
        def load_input(self, context: Any) -> Any:
            damage(*fsspec.core.url_to_fs(self.path_of(context.upstream_output)))
            return super().load_input(context)

    error = through(Damaged(base_dir=url)).failure_data_for_node("use").error
    assert (error.cls_name, error.cause.cls_name) == ("DagjobExecutionLoadInputError", cause)


def test_a_protocol_that_nobody_knows_is_told_with_what_to_install() -> None:
    error = through(FilesystemIOManager(base_dir="nowhere://bucket")).failure_data_for_node("make").error
    assert error.cls_name == "DagjobInvariantViolationError"
    assert "nowhere" in error.message


# -- a real S3 server ----------------------------------------------------------------------------------------------

JOBS = """
    from dagjob import FilesystemIOManager, job, op

    @op
    def make(): return list(range(1000))

    @op
    def use(x): return sum(x)

    @job(resource_defs={"io_manager": FilesystemIOManager("s3://values/dagjob")})
    def daily(): use(make())
"""


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The bucket `values` on a server of this machine."""
    pytest.importorskip("s3fs", reason="s3fs is not installed")
    pytest.importorskip("moto", reason="moto, which ships an S3 server, is not installed")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from moto.server import ThreadedMotoServer

        server = ThreadedMotoServer(port=0, verbose=False)
        server.start()
        _, port = server.get_host_and_port()
        for name, value in {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": "us-east-1",
        }.items():
            monkeypatch.setenv(name, value)
        store = fsspec.filesystem("s3", skip_instance_cache=True)
        store.mkdir("values")
        yield store
        server.stop()


def test_values_go_through_s3(s3: Any, project: Callable[..., Path], dagjob: Any) -> None:
    project("jobs.py", JOBS)
    done = dagjob("run", "jobs.py")
    assert done.code == 0, done.stdout + done.stderr
    assert dagjob("runs", "output", "latest", "use").stdout.strip() == "499500"
    assert through(FilesystemIOManager("s3://values/dagjob")).output_for_node("use") == [1, 2, 3]
    s3.invalidate_cache()
    assert [path.split("/")[-2:] for path in s3.find("values/dagjob")] == [["make", "result"], ["use", "result"]] * 2

    error = through(FilesystemIOManager("s3://nowhere/to/be/found")).failure_data_for_node("make").error
    assert error.cls_name == "DagjobExecutionHandleOutputError"
