"""A YAML file as values that know where they stand, so that every complaint names file, line and key.

Nothing is constructed from the file but text, numbers and booleans: anchors, aliases, tags and deep nesting, which a
list of sources has no use for and an attacker has, are refused while the file is being composed.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from aggregator.errors import ConfigError
from aggregator.limits import MAX_CONFIG_BYTES, MAX_CONFIG_DEPTH, MAX_CONFIG_TEXT_CHARS

_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_NAMES = {"str": "text", "bool": "true or false", "int": "a whole number", "null": "nothing", "float": "a number"}


class _Refused(yaml.MarkedYAMLError):
    """The file uses a part of YAML that feeds.yaml does not have."""


class _Loader(yaml.SafeLoader):
    """Composes plain mappings, lists and scalars, and nothing else."""

    depth = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        event = self.peek_event()  # type: ignore[no-untyped-call]
        mark = event.start_mark
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise _Refused(problem="anchors (&) and aliases (*) are not allowed: write it out", problem_mark=mark)
        if getattr(event, "tag", None):
            raise _Refused(problem="tags (!) are not allowed", problem_mark=mark)
        if self.depth >= MAX_CONFIG_DEPTH:
            raise _Refused(problem=f"nested deeper than {MAX_CONFIG_DEPTH} levels", problem_mark=mark)
        self.depth += 1
        try:
            return super().compose_node(parent, index)
        finally:
            self.depth -= 1


@dataclass(frozen=True, slots=True)
class Value:
    """One value of the file. ``key`` is its full name, e.g. ``sources.met-news.every``."""

    node: yaml.Node
    file: str
    key: str

    def error(self, problem: str) -> ConfigError:
        """A ConfigError about this value; ``problem`` says what is wrong and what is allowed."""
        where = f"{self.file}:{self.node.start_mark.line + 1}"
        return ConfigError(f"{self.key}: {problem}" if self.key else problem, subject=where)

    def named(self, key: str) -> Value:
        """The same value under another name."""
        return Value(self.node, self.file, key)

    def mapping(self, allowed: Collection[str], required: Collection[str] = ()) -> Mapping[str, Value]:
        """Its keys and values. ConfigError for anything but a mapping, and for keys unknown, double or missing."""
        if not isinstance(self.node, yaml.MappingNode):
            raise self.error(f"expected keys and values, found {self._found()}")
        values: dict[str, Value] = {}
        for key_node, value_node in self.node.value:
            key = Value(key_node, self.file, self.key)
            name = key.text() if isinstance(key_node, yaml.ScalarNode) else ""
            if name not in allowed:
                choice = ", ".join(sorted(allowed))
                raise key.error(f"unknown key {name[:60]!r}{_hint(name, allowed)}; allowed: {choice}")
            if name in values:
                raise key.error(f"{name!r} is there twice; once is allowed")
            values[name] = Value(value_node, self.file, f"{self.key}.{name}" if self.key else name)
        for name in required:
            if name not in values:
                raise self.error(f"{name!r} is missing; required: {', '.join(required)}")
        return values

    def items(self, most: int) -> tuple[Value, ...]:
        """Its members, named ``key[1]`` and on. ConfigError for anything but a list of at most ``most``."""
        if not isinstance(self.node, yaml.SequenceNode):
            raise self.error(f"expected a list, found {self._found()}")
        if len(self.node.value) > most:
            raise self.error(f"{len(self.node.value)} members; at most {most} are allowed")
        return tuple(Value(n, self.file, f"{self.key}[{i}]") for i, n in enumerate(self.node.value, start=1))

    def is_mapping(self) -> bool:
        """Whether it holds keys and values."""
        return isinstance(self.node, yaml.MappingNode)

    def is_null(self) -> bool:
        """Whether nothing (or ``null``) stands there."""
        return self._type() == "null"

    def text(self, limit: int = MAX_CONFIG_TEXT_CHARS) -> str:
        """Text in one line, blanks tidied. ConfigError for a number, a boolean, nothing, or control characters."""
        if self._type() != "str":
            raise self.error(f"expected text, found {self._found()}; put it in quotes")
        value = str(self.node.value)
        if len(value) > limit:
            raise self.error(f"{len(value)} characters; at most {limit} are allowed")
        if _UNPRINTABLE.search(value):
            raise self.error("control characters are not allowed")
        return " ".join(value.split())

    def exact_text(self, limit: int = MAX_CONFIG_TEXT_CHARS) -> str:
        """Text as it stands, blanks and all: for regular expressions. ConfigError as for :meth:`text`."""
        self.text(limit)
        return str(self.node.value)

    def flag(self) -> bool:
        """True or false. ConfigError for anything else."""
        if self._type() != "bool":
            raise self.error(f"expected true or false, found {self._found()}")
        return str(self.node.value).lower() in ("true", "yes", "on")

    def number(self, least: int, most: int) -> int:
        """A whole decimal number. ConfigError for anything else and outside ``least`` to ``most``."""
        if self._type() != "int" or not re.fullmatch(r"-?\d{1,12}", str(self.node.value)):
            raise self.error(f"expected a whole number from {least} to {most}, found {self._found()}")
        value = int(self.node.value)
        if not least <= value <= most:
            raise self.error(f"{value} is not allowed: from {least} to {most}")
        return value

    def id_text(self) -> str:
        """Text, or a whole number taken as text: ids are written both ways."""
        return str(self.node.value)[:100] if self._type() == "int" else self.text()

    def _type(self) -> str:
        if isinstance(self.node, yaml.ScalarNode):
            return str(self.node.tag).rpartition(":")[2]
        return "list" if isinstance(self.node, yaml.SequenceNode) else "mapping"

    def _found(self) -> str:
        kind = self._type()
        if isinstance(self.node, yaml.ScalarNode) and kind != "null":
            return f"{_NAMES.get(kind, 'a ' + kind)} {str(self.node.value)[:60]!r}"
        return {"list": "a list", "mapping": "keys and values"}.get(kind, "nothing")


def read(path: Path) -> Value:
    """The one document of a YAML file. ConfigError when it cannot be read, is too large, or is not plain YAML."""
    file = str(path)
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_CONFIG_BYTES + 1)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        reason = getattr(error, "strerror", None) or "not a path"
        raise ConfigError(f"cannot be read ({reason}); --feeds PATH names another file", subject=file) from error
    if len(data) > MAX_CONFIG_BYTES:
        raise ConfigError(f"is larger than the {MAX_CONFIG_BYTES // 1024} KiB allowed", subject=file)
    return Value(_compose(data, file), file, "")


def _compose(data: bytes, file: str) -> yaml.Node:
    try:
        node = yaml.compose(data.decode("utf-8-sig"), Loader=_Loader)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ConfigError("is not UTF-8 text", subject=f"{file}:{line}") from error
    except yaml.MarkedYAMLError as error:
        unclosed = "end of stream" in (error.problem or "")  # then the mark that helps is where it was opened
        mark = (error.context_mark if unclosed else error.problem_mark) or error.problem_mark or error.context_mark
        where = f"{file}:{mark.line + 1}" if mark else file
        problem = _one_line(error.problem or "not YAML")
        raise ConfigError(
            problem if isinstance(error, _Refused) else f"not valid YAML: {problem}", subject=where
        ) from error
    except (yaml.YAMLError, ValueError, ArithmeticError, LookupError, RecursionError) as error:
        # PyYAML lets errors of its own working out: "\UFFFFFFFF" is a ValueError of chr(), "%YAML 9…9" one of int()
        raise ConfigError(f"not valid YAML: {_one_line(str(error))}", subject=file) from error
    if node is None:
        raise ConfigError("is empty; allowed: defaults, sources", subject=file)
    return node


def _one_line(text: str) -> str:
    return " ".join(text.split()).encode("ascii", "backslashreplace").decode()[:200]


def _hint(name: str, allowed: Collection[str]) -> str:
    close = difflib.get_close_matches(name, allowed, n=1)
    return f" (did you mean {close[0]!r}?)" if close else ""
