"""Reads ``content/*.yaml`` into :class:`~aggregator.demo.shapes.Content`, for one of the two rounds."""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import datetime
from importlib.resources import files
from typing import Any, Final, Literal, Union, cast, get_args, get_origin, get_type_hints

import yaml

from aggregator.demo import shapes, when
from aggregator.errors import ConfigError
from aggregator.models import Utc

Round = Literal[1, 2]
FILES: Final = ("met_news", "press", "london", "govuk", "national", "local")


def load(number: Round, now: Utc) -> shapes.Content:
    """The items as they stand in a round, with every date counted from ``now``.

    Raises :class:`ConfigError`, naming file and key, if the packaged data are damaged.
    """
    raw: dict[str, object] = {}
    for name in FILES:
        read = yaml.safe_load(files("aggregator.demo").joinpath("content", f"{name}.yaml").read_text("utf-8"))
        raw |= read if isinstance(read, dict) else {name: read}
    return cast(shapes.Content, _Reader(number, now).value(raw, shapes.Content, "content"))


class _Reader:
    """Builds a value of a type from what YAML gave, by the annotations of the dataclasses."""

    def __init__(self, number: Round, now: Utc) -> None:
        self._number = number
        self._now = now

    def value(self, raw: object, wanted: Any, key: str) -> object:
        origin = get_origin(wanted)
        if origin is tuple:
            return self._list(raw, get_args(wanted)[0], key)
        if origin in (types.UnionType, Union):  # X | None
            return None if raw is None else self.value(raw, get_args(wanted)[0], key)
        if is_dataclass(wanted):
            return self._object(raw, cast(type, wanted), key)
        return self._scalar(raw, wanted, key)

    def _list(self, raw: object, wanted: Any, key: str) -> tuple[object, ...]:
        if not isinstance(raw, list):
            raise ConfigError(f"expected a list, found {raw!r}", subject=key)
        members = ((i, member) for i, member in enumerate(raw, start=1) if self._is_there(member))
        return tuple(self.value(member, wanted, f"{key}[{i}]") for i, member in members)

    def _is_there(self, raw: object) -> bool:
        return not isinstance(raw, dict) or int(raw.get("round", 1)) <= self._number

    def _object(self, raw: object, wanted: type, key: str) -> object:
        if isinstance(raw, list):  # short form: the fields in their order
            raw = dict(zip((f.name for f in fields(wanted)), raw, strict=True))
        if not isinstance(raw, dict):
            raise ConfigError(f"expected keys and values, found {raw!r}", subject=key)
        given = self._as_of_round(raw, {f.name for f in fields(wanted)})
        hints = get_type_hints(wanted)
        known = {f.name: f for f in fields(wanted)}
        for name in given.keys() - known.keys():
            raise ConfigError(f"unknown key {name!r}; allowed: {', '.join(known)}", subject=key)
        for name, field in known.items():
            if name not in given and field.default is MISSING:
                raise ConfigError(f"{name!r} is missing", subject=key)
        return wanted(**{name: self.value(v, hints[name], f"{key}.{name}") for name, v in given.items()})

    def _as_of_round(self, raw: Mapping[str, Any], names: set[str]) -> dict[str, Any]:
        """The keys as they stand in this round; ``first_…`` keeps what an address or a calendar must not forget."""
        given = {k: v for k, v in raw.items() if k not in ("round", "round2")}
        later = raw.get("round2", {}) if self._number == 2 else {}
        first = {f"first_{k}": given[k] for k in later if f"first_{k}" in names}
        return given | later | first

    def _scalar(self, raw: object, wanted: type, key: str) -> object:
        try:
            if wanted is datetime and isinstance(raw, str):
                return when.resolve(raw, self._now)
            if wanted is str and isinstance(raw, str | int):
                return when.fill(str(raw).strip(), self._now)
        except ValueError as error:
            raise ConfigError(str(error), subject=key) from error
        if not isinstance(raw, wanted):
            raise ConfigError(f"expected {wanted.__name__}, found {raw!r}", subject=key)
        return raw
