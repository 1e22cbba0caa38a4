from contextlib import contextmanager

from dagster import ConfigurableResource, ResourceDependency, ResourceParam, InitResourceContext, job, op
from pydantic import PrivateAttr

opened = []


class Credentials(ConfigurableResource):
    user: str = "me"


class Session(ConfigurableResource):
    credentials: Credentials
    base: str
    _count: int = PrivateAttr(default=0)

    def setup_for_execution(self, context: InitResourceContext) -> None:
        self._count = 1
        opened.append("set up")

    def teardown_after_execution(self, context: InitResourceContext) -> None:
        opened.append("torn down")

    def get(self, path: str) -> str:
        return f"{self.credentials.user}@{self.base}/{path} {self._count}"


@op
def fetch(session: Session, plain: ResourceParam[list]) -> str:
    return session.get("orders") + str(plain)


@job(resource_defs={"session": Session(credentials=Credentials(user="you"), base="http"), "plain": [1, 2]})
def fetching():
    fetch()
