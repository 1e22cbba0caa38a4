import pytest

from dagjob.storage.history import History
from dagjob.storage.paths import StateDir


@pytest.fixture
def state(tmp_path):
    """A state directory that does not exist yet."""
    return StateDir(str(tmp_path / ".dagjob"))


@pytest.fixture
def look():
    """Opens a history as a query does, and closes it after the test."""
    opened = []

    def open_history(state):
        history = History.open(state)
        opened.append(history)
        return history

    yield open_history
    for history in opened:
        if history is not None:
            history.close()
