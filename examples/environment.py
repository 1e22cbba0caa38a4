"""A client whose address and password come from the environment: a resource class with fields.

    SHOP_URL=https://shop.example SHOP_TOKEN=abc123 dagjob run examples/environment.py

`EnvVar` is read when a run starts, so the module can be imported, listed and shown without the variables. If one is
not set, the run is refused before its first op.
"""

from dagjob import ConfigurableResource, EnvVar, job, op


class Shop(ConfigurableResource):
    """Talks to the shop."""

    url: str
    token: str
    seconds: int = 10

    def get(self, path: str) -> str:
        return f"GET {self.url}/{path} within {self.seconds} s"  # stands for a call with self.token


@op
def orders(shop: Shop) -> str:
    return shop.get("orders")


@op
def show(answer: str, shop: Shop) -> None:
    print(answer)
    print("token", shop.token)  # a mistake, but the log does not give the token away


@job(resource_defs={"shop": Shop(url=EnvVar("SHOP_URL"), token=EnvVar("SHOP_TOKEN"))})
def import_orders():
    show(orders())
