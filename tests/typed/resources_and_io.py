"""Resources and IO managers of a strictly typed module."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, assert_type

from dagjob import (
    AssetMaterialization,
    ConfigurableIOManager,
    ConfigurableIOManagerFactory,
    ConfigurableResource,
    Definitions,
    EnvVar,
    FilesystemIOManager,
    InitResourceContext,
    InputContext,
    IOManager,
    IOManagerDefinition,
    JobDefinition,
    OpExecutionContext,
    OutputContext,
    ResourceDefinition,
    ResourceDependency,
    ResourceParam,
    build_init_resource_context,
    build_input_context,
    build_op_context,
    build_output_context,
    build_resources,
    file_relative_path,
    fs_io_manager,
    input_manager,
    io_manager,
    job,
    make_values_resource,
    mem_io_manager,
    op,
    resource,
)


class Connection:
    def __init__(self, url: str) -> None:
        self.url = url


@resource
def bare(_: InitResourceContext) -> int:
    return 3


@resource(config_schema={"url": str}, required_resource_keys={"bare"}, description="a database")
@contextmanager
def database(context: InitResourceContext) -> Iterator[Connection]:
    yield Connection(context.resource_config["url"])


class Credentials(ConfigurableResource[Any]):
    user: str
    password: str = "secret"


class Store(ConfigurableResource[Connection]):
    credentials: Credentials
    plain: ResourceDependency[int]
    port: int = 5432

    def create_resource(self, context: InitResourceContext) -> Connection:
        return Connection(f"{self.credentials.user}:{self.port}")


class Files(ConfigurableIOManager):
    folder: str

    def handle_output(self, context: OutputContext, obj: Any) -> None:
        Path(self.folder, *context.get_identifier()).write_text(str(obj))
        context.add_output_metadata({"size": 1})
        context.log_event(AssetMaterialization("file"))

    def load_input(self, context: InputContext) -> Any:
        upstream = context.upstream_output
        return Path(self.folder, *(upstream.get_identifier() if upstream else ())).read_text()


class Made(ConfigurableIOManagerFactory[IOManager]):
    folder: str

    def create_io_manager(self, context: InitResourceContext) -> IOManager:
        return FilesystemIOManager(base_dir=self.folder)


@io_manager(config_schema={"folder": str})
def files(context: InitResourceContext) -> Files:
    return Files(folder=context.resource_config["folder"])


@input_manager(input_config_schema={"path": str})
def from_path(context: InputContext) -> str:
    return Path(context.config["path"]).read_text()


@op(required_resource_keys={"database"})
def by_key(context: OpExecutionContext) -> str:
    return str(context.resources.database.url)


@op
def by_parameter(credentials: Credentials, store: ResourceParam[Connection]) -> str:
    return credentials.user + store.url


@job(
    resource_defs={
        "bare": bare,
        "database": database.configured({"url": "sqlite://"}),
        "credentials": Credentials(user=EnvVar("USER")),
        "store": Store(credentials=Credentials(user="ada"), plain=3),
        "io_manager": files.configured({"folder": file_relative_path(__file__, "out")}),
        "values": make_values_resource(city=str),
        "path": from_path,
        "memory": mem_io_manager,
        "disk": fs_io_manager,
        "number": ResourceDefinition.hardcoded_resource(4),
    }
)
def uses_all() -> None:
    by_key()
    by_parameter()


assert_type(bare, ResourceDefinition)
assert_type(database, ResourceDefinition)
assert_type(files, IOManagerDefinition)
assert_type(uses_all, JobDefinition)
assert_type(Credentials(user="ada").user, str)
assert_type(Store(credentials=Credentials(user="ada"), plain=3).plain, int)

defs = Definitions(jobs=[uses_all], resources={"store": Store(credentials=Credentials(user="ada"), plain=3)})
assert_type(defs.get_job_def("uses_all"), JobDefinition)

with build_resources({"bare": bare, "database": database}, {"database": {"config": {"url": "x"}}}) as made:
    print(made.database)
print(bare(build_init_resource_context()))
print(by_key(build_op_context(resources={"database": Connection("x")})))
output = build_output_context(step_key="by_key", name="result", metadata={"a": 1})
Files(folder=".").handle_output(output, "text")
Files(folder=".").load_input(build_input_context(upstream_output=output))
