"""Patterns that meet a text whatever apostrophe, quotation mark, dash or no-break blank either of them is written with.

The pattern is widened and the text left alone: folded text would no longer be what ``\\w``, ``[^ -~]`` or an offset mean.
Only single characters are widened, ranges such as ``[ -/]`` stay what they are. Pure.
"""

from __future__ import annotations

import re
from typing import Final

from aggregator.text.normalise import SIGNS

_KINDS: Final = (*(sign + others for sign, others in SIGNS.items()), " \u00a0\u2007\u202f")
_KIND_OF: Final = {char: kind for kind in _KINDS for char in kind}
_CODED: Final = r"N\{[^}]*\}|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}"
_PARTS: Final = (
    rf"(?P<char>\\(?:{_CODED}|0[0-7]{{0,2}}|[1-3][0-7]{{2}}|.))"
    r"|(?P<set>\[\^?\]?(?:\\.|[^\]\\])*\])"
    r"|(?P<kept>\(\?(?:\#[^)]*|P=\w+)\))"
    r"|(?P<open>\((?:\?(?:P<\w+>|<?[=!]|>|\(\w+\)|(?P<flags>[a-zA-Z]*(?:-[a-zA-Z]+)?)(?P<end>[:)])))?)"
    r"|(?P<close>\))|(?P<plain>.)"
)
_PART: Final = re.compile(_PARTS, re.DOTALL)
_VERBOSE_PART: Final = re.compile(rf"(?P<skipped>[ ]|\#[^\n]*)|{_PARTS}", re.DOTALL)
_MEMBER: Final = re.compile(
    rf"(?P<char>\\(?:{_CODED}|[0-7]{{1,3}}|.)|[^\\])(?P<range>-(?:\\(?:{_CODED}|[0-7]{{1,3}}|.)|[^\\]))?", re.DOTALL
)


def widened(pattern: str) -> str:
    """A valid pattern of Python's ``re``, with each of these characters standing for all of its kind.

    Also where it is escaped, coded (``\\u2019``) or a member of a set. In a verbose pattern what is skipped stays so.
    """
    out: list[str] = []
    verbose = [False]
    at = 0
    while found := (_VERBOSE_PART if verbose[-1] else _PART).match(pattern, at):
        text, part, at = found[0], found.lastgroup, found.end()
        if part == "open":
            _open(verbose, found["flags"] or "", only_flags=found["end"] == ")")
        elif part == "close" and len(verbose) > 1:
            verbose.pop()
        elif part == "set":
            text = _set(text)
        elif part in ("char", "plain"):
            kind = _kind(text, text)
            text = f"[{_members(kind)}]" if kind else text
        out.append(text)
    return "".join(out)


def _open(verbose: list[bool], flags: str, *, only_flags: bool) -> None:
    """Notes whether blanks count in the group that begins, or from here on: ``(?x)``."""
    on, _, off = flags.partition("-")
    now = "x" not in off and ("x" in on or verbose[-1])
    if only_flags:
        verbose[-1] = now
    else:
        verbose.append(now)


def _set(text: str) -> str:
    start = 2 if text.startswith("[^") else 1
    return text[:start] + _MEMBER.sub(_member, text[start:-1]) + "]"


def _member(found: re.Match[str]) -> str:
    kind = "" if found["range"] else _kind(found["char"], f"[{found['char']}]")
    return _members(kind) if kind else found[0]


def _members(kind: str) -> str:
    return kind.replace("-", r"\-")


def _kind(text: str, alone: str) -> str:
    """All characters of the kind of the one that a part of a pattern stands for; "" where it is of none of them.

    ``alone`` is the part as a pattern of its own: what an escape stands for is the library's to say.
    """
    if len(text) == 1:
        return _KIND_OF.get(text, "")
    try:
        means = [char for char in _KIND_OF if re.fullmatch(alone, char)]
    except re.error:  # a reference to a group
        return ""
    return _KIND_OF[means[0]] if len(means) == 1 else ""
