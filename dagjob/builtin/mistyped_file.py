"""The file that was meant by a name that does not exist. Only for an error: it lists the folder."""

import os

from dagjob.errors import did_you_mean


def did_you_mean_file(path: str, root: str = "") -> str:
    """` Did you mean "x"?` with a leading space for the neighbour that is named most alike, or nothing."""
    folder = os.path.dirname(path)
    try:
        neighbours = os.listdir(os.path.join(root, folder) or ".")
    except OSError:
        return ""
    return did_you_mean(path, [os.path.join(folder, each) for each in neighbours])
