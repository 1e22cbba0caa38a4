"""What the table of commands is made of: an option, an argument, a command. The table itself is `registry.py`."""

from __future__ import annotations

from dagjob.launch.registries import load
from dagjob.record import Record


class Option(Record):
    """An option: its flags (short ones first), what it does, and the name of its value (none: a switch).

    `many`: may be given several times. `counted`: a switch that may be. `choices` are all values; `completes` names what
    else a value is completed with. `private`: its values may be secrets, so no crash file shows them.
    """

    flags: tuple[str, ...]
    help: str
    value: str = ""
    many: bool = False
    choices: tuple[str, ...] = ()
    completes: str = ""
    counted: bool = False
    private: bool = False

    @property
    def long(self) -> str:
        """The spelled-out flag."""
        return self.flags[-1]

    @property
    def key(self) -> str:
        """The long flag as an identifier: `op_timeout`."""
        name = self.long.lstrip("-").replace("-", "_")
        return name if name != "from" else "from_"


class Argument(Record):
    """An argument. `completes` names what it is completed with: `job`, `run`, `op`, `file`, `folder`."""

    name: str
    help: str
    many: bool = False
    required: bool = False
    choices: tuple[str, ...] = ()
    completes: str = ""

    @property
    def shown(self) -> str:
        """How a usage line writes it."""
        name = f"{self.name} ..." if self.many else self.name
        return name if self.required else f"[{name}]"

    @property
    def key(self) -> str:
        """The name as an identifier: `path_module`."""
        return self.name.lower().replace("|", "_").replace("[.", "_").replace("]", "")


class Command(Record):
    """A command, or a group of them. `makes` names its function; it is imported when the command is chosen."""

    name: str
    summary: str
    makes: str = ""
    arguments: tuple[Argument, ...] = ()
    options: tuple[Option, ...] = ()
    text: str = ""
    inner: tuple[Command, ...] = ()
    """The commands of a group."""
    table: str = ""
    """Where more of them stand: `module:name`, imported when somebody asks for one that is not among `inner`."""
    default: str = ""
    """The command that the name of a group alone stands for."""
    executes: bool = False
    """Whether it runs ops."""
    hidden: bool = False
    """Whether help and completion keep silent about it."""

    @property
    def commands(self) -> tuple[Command, ...]:
        """The commands of a group."""
        if not self.table:
            return self.inner
        more: tuple[Command, ...] = load(self.table)
        return (*self.inner, *more)

    @property
    def offered(self) -> tuple[Command, ...]:
        """The commands of a group that help and completion offer."""
        return tuple(command for command in self.commands if not command.hidden)

    @property
    def meant(self) -> Command:
        """The command that this one alone on a line stands for: `runs list` for `runs`, else itself."""
        return self.find(self.default) or self

    def find(self, name: str) -> Command | None:
        """The command of that name in this group."""
        found = next((command for command in self.inner if command.name == name), None)
        if found is not None or not self.table:
            return found
        return next((command for command in self.commands if command.name == name), None)

    def option(self, flag: str) -> Option | None:
        """The option with that flag."""
        return next((option for option in self.options if flag in option.flags), None)

    def argument(self, number: int) -> Argument | None:
        """The argument that a word is, counted from 0."""
        last = self.arguments[-1] if self.arguments and self.arguments[-1].many else None
        return self.arguments[number] if number < len(self.arguments) else last
