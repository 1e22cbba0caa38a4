"""A resource by its key. The page leaves `DatabaseConnection` to the reader; a small stand-in is given here."""

from dagjob import OpExecutionContext, job, op, resource


class DatabaseConnection:
    """Stands for a real one: answers every query with the same two users."""

    def query(self, sql):
        return [("Ada",), ("Grace",)]


@resource
def database_resource():
    return DatabaseConnection()


@op(required_resource_keys={"database"})
def query_database(context: OpExecutionContext):
    return context.resources.database.query("SELECT * FROM users")


@job(resource_defs={"database": database_resource})
def database_job():
    query_database()
