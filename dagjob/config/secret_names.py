"""Which names sound like a secret's, and passwords that stand inside of longer values.

A name is taken apart into words, so that PASS is found in `DB_PASS` and `dbPass`, and not in `COMPASS_DIR`. Nothing is
known here of who has the name: an environment variable, or the field of a config that one is read for.
"""

from __future__ import annotations

from collections.abc import Iterator

WORDS = frozenset(
    (
        "PW", "PASS", "PWD", "SECRET", "TOKEN", "KEY", "CRED", "AUTH", "DSN", "PRIVATE", "KEYS", "CREDS", "AUTHORIZATION",
        "JWT", "COOKIE",
    )
)  # fmt: skip
"""Words of a name that make it a secret's."""
PARTS = (
    "PASSWORD",
    "PASSWD",
    "PASSPHRASE",
    "PASSCODE",
    "SECRET",
    "TOKEN",
    "CREDENTIAL",
    "APIKEY",
    "ACCESSKEY",
    "PRIVATEKEY",
)
"""The same for parts of a word."""
_ENDS = ("PW", "PWD", "PASS", "DSN")
"""The same for the end of a word, as in `DBPASS`."""
_OTHER_WORDS = frozenset(("COMPASS", "BYPASS", "TRESPASS", "TOKENIZER", "TOKENIZERS", "TOKENIZE", "TOKENIZED"))
_NO_KEYS = frozenset(("SORT", "PRIMARY", "FOREIGN", "PARTITION", "PUBLIC", "UNIQUE", "INDEX", "CACHE"))
"""What a KEY of data, or one for everybody, is called."""
_ABOUT = frozenset(
    (
        "FILE", "PATH", "DIR", "DIRECTORY", "FOLDER", "SOCK", "SOCKET", "NAME", "TYPE", "MODE", "METHOD", "HOST", "PORT", "USER",
        "USERNAME", "ENABLED", "TTL", "TIMEOUT", "LENGTH", "LIMIT", "COUNT", "COLUMN", "ALGORITHM", "VERSION", "REGION",
    )
)  # fmt: skip
"""Last words of names that tell something about a secret, and not the secret itself: `KEY_FILE`, `AUTH_TYPE`."""
_NAMED = ("password", "passwd", "pwd", "secret", "token", "apikey", "api_key", "accountkey", "sharedaccesskey")
"""What stands before a password in a connection string."""
_OF_SHELL = frozenset(("PWD", "OLDPWD"))
"""The current folder, and the one before."""


def sounds_secret(name: str) -> bool:
    """Whether a name is made of words that people use for secrets."""
    if name in _OF_SHELL:
        return False
    words = _words(name)
    if not words or words[-1] in _ABOUT:
        return False
    if any(part in "".join(words) for part in PARTS if part not in ("SECRET", "TOKEN")):
        return True
    found = [word for word in words if _is_secret_word(word)]
    return any(word not in ("KEY", "KEYS") for word in found) or bool(found and _NO_KEYS.isdisjoint(words))


def _is_secret_word(word: str) -> bool:
    return word in WORDS or (word not in _OTHER_WORDS and (word.endswith(_ENDS) or any(part in word for part in PARTS)))


def _words(name: str) -> list[str]:
    """`myApiKey_2` as MY, API, KEY."""
    spaced = ""
    before = ""
    for sign in name:
        spaced += f" {sign}" if sign.isupper() and before.islower() else sign if sign.isalpha() else " "
        before = sign
    return spaced.upper().split()


def passwords_in(value: str) -> Iterator[str]:
    """The passwords in a URL (`https://user:password@host`) or a connection string (`Server=db;Password=...`)."""
    is_url = "://" in value and "@" in value
    lower = value.lower()
    if not is_url and not any(name in lower for name in _NAMED):
        return
    import re

    from_url = re.search(r"://([^:/?#\s@]*):([^/?#\s]+)@", value) or re.search(r"://([^:/?#\s@]*):([^\s@]+)@", value)
    # One that is also the user's name is nobody's secret: `guest:guest`.
    found = [from_url[2]] if from_url and from_url[2] != from_url[1] else []
    named = rf"(?i)\b(?:{'|'.join(_NAMED)})\s*=\s*"
    found += [quoted or plain for quoted, plain in re.findall(named + r"""(?:'([^']+)'|([^\s;&'"]+))""", value)]
    for password in found:
        yield password
        if "%" in password:
            from urllib.parse import unquote

            yield unquote(password)
