"""What failed on this machine rather than at a source or in this program: disk, memory, permissions; and what to do."""

from __future__ import annotations

import errno
import sqlite3
from typing import Final

_SQLITE: Final = {
    sqlite3.SQLITE_FULL: "make room on the disk",
    sqlite3.SQLITE_IOERR: "is the disk full, or broken? `aggregator check --archive` looks at the archive",
    sqlite3.SQLITE_READONLY: "the archive and its folder must be writable",
    sqlite3.SQLITE_CANTOPEN: "its folder must be writable, to read it too: SQLite keeps a file beside it",
    sqlite3.SQLITE_BUSY: "another program holds the archive",
    sqlite3.SQLITE_NOMEM: "there is too little memory",
    sqlite3.SQLITE_CORRUPT: "the archive is damaged: `aggregator check --archive`, and `restore` from a backup",
}
"""Primary result codes that no statement of ours can cause."""
_SYSTEM: Final = frozenset(
    {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO, errno.EMFILE, errno.ENFILE, errno.ENOMEM}
)  # fmt: skip


def failure(problem: BaseException) -> str:
    """What is wrong with the machine; "" where the problem is another."""
    if isinstance(problem, sqlite3.Error):
        code = getattr(problem, "sqlite_errorcode", 0) & 0xFF  # the lowest byte of an extended code is the primary one
        return f"{problem}: {_SQLITE[code]}" if code in _SQLITE else ""
    if isinstance(problem, MemoryError):
        return "there is too little memory"
    if isinstance(problem, OSError) and problem.errno in _SYSTEM:
        return f"{problem.filename}: {problem.strerror}" if problem.filename else str(problem.strerror)
    return ""
