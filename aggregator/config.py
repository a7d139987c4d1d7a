"""feeds.yaml: found, read, checked in every detail, turned into typed sources.

Whatever is wrong is a :class:`ConfigError` of one line that names file, line and key and says what is allowed.
The meaning of each key is told in feeds.yaml itself.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any, Final, TypeVar, cast

from aggregator import config_values as values
from aggregator.config_mail import mail
from aggregator.config_nodes import Value, read
from aggregator.limits import (
    MAX_CONCURRENCY,
    MAX_CONFIG_LIST,
    MAX_ENTRIES_PER_PAGE,
    MAX_REQUESTS_PER_ROUND,
    MAX_SOURCES,
)
from aggregator.models import KINDS as UPDATE_KINDS
from aggregator.models import Config, Expect, FetchSettings, Keep, Options, Source
from aggregator.sources.kind import SourceKind
from aggregator.sources.registry import COMMON_OPTIONS, KINDS

FILE_NAME: Final = "feeds.yaml"
PACKAGED: Final = Path(__file__).with_name(FILE_NAME)
"""The copy that installed wheels carry. The file at the top of the repository is the one to edit; it is copied here
(`cp feeds.yaml aggregator/`), and tests/test_feeds_yaml.py fails while the two differ. A symbolic link would save the
copy, but not survive Windows checkouts and source archives."""

_KEEPS: Final = ("full", "summary", "headline")
_IDENTITIES: Final = ("url", "guid", "trailing-number", "govuk-path")
_DEFAULT_KEYS: Final = (
    "contact", "every", "concurrency", "per_host_delay", "allow_hosts", "privacy", "public_url", "mail",
)  # fmt: skip
_SOURCE_KEYS: Final = (
    "id", "title", "publisher", "kind", "url", "homepage", "every", "keep", "licence", "attribution", "topics",
    "match", "max_silence", "expect", "enabled", "note", "privacy",
)  # fmt: skip
_REQUIRED: Final = ("id", "title", "publisher", "kind", "url")
_T = TypeVar("_T")


def find(explicit: Path | None = None) -> Path:
    """Which feeds.yaml to use: the one given, else the working folder's, else the packaged copy."""
    if explicit is not None:
        return explicit
    local = Path(FILE_NAME)
    return local if local.is_file() else PACKAGED


def load(path: Path, *, topics: Collection[str] | None = None) -> Config:
    """Read and check feeds.yaml. ``topics``, when given, are the slugs that `topics:` may name.

    Raises :class:`ConfigError`, and nothing else, whatever the file holds.
    """
    top = read(path).mapping(("defaults", "sources"), ("sources",))
    defaults = top["defaults"].mapping(_DEFAULT_KEYS) if "defaults" in top and not top["defaults"].is_null() else {}
    every_s = _get(defaults, "every", values.whole_seconds, 3600)
    hide_gone_s = _get(defaults, "privacy", _privacy, None)
    sources: dict[str, Source] = {}
    for item in top["sources"].items(MAX_SOURCES):
        source = _source(item, every_s, topics, hide_gone_s)
        if source.id in sources:
            raise item.mapping(_all_keys(), _REQUIRED)["id"].error(f"{source.id!r} is there twice; ids must differ")
        sources[source.id] = source
    return Config(
        path=str(path),
        settings=_settings(defaults),
        concurrency=_get(defaults, "concurrency", lambda v: v.number(1, MAX_CONCURRENCY), 8),
        sources=tuple(sources.values()),
        public_url=_get(defaults, "public_url", values.address, "").rstrip("/"),
        mail=_get(defaults, "mail", mail, None),
    )


def _settings(defaults: Mapping[str, Value]) -> FetchSettings:
    return FetchSettings(
        contact=_get(defaults, "contact", _contact, ""),
        per_host_delay_s=_get(defaults, "per_host_delay", lambda v: values.seconds(v, 0.0), 1.0),
        allow_hosts=_get(defaults, "allow_hosts", _list_of(values.host_port), ()),
    )


def _contact(value: Value) -> str:
    """How a publisher can reach the operator: an address of a page, or of mail. It goes into a header."""
    text = value.text()
    if not text.isascii() or len(text) > 200 or any(c in text for c in '()<>"\\'):
        raise value.error("allowed: a web or mail address in plain ASCII, at most 200 characters")
    return text


def _source(item: Value, every_s: int, topics: Collection[str] | None, hide_gone_s: int | None) -> Source:
    given = item.mapping(_all_keys(), _REQUIRED)
    source_id = values.slug(given["id"].named("sources.id"))
    given = {key: value.named(f"sources.{source_id}.{key}") for key, value in given.items()}
    kind_name = values.choice(given["kind"], sorted(KINDS))
    licence, attribution = _licence(given)
    return Source(
        id=source_id,
        title=_needed(given["title"]),
        publisher=_needed(given["publisher"]),
        kind=kind_name,
        url=values.template(given["url"]),
        homepage=_get(given, "homepage", values.address, ""),
        every_s=_get(given, "every", values.whole_seconds, every_s),
        keep=_get(given, "keep", lambda v: cast(Keep, values.choice(v, _KEEPS)), "full"),
        licence=licence,
        attribution=attribution,
        topics=_get(given, "topics", _list_of(lambda v: _topic(v, topics)), ()),
        match=_get(given, "match", values.regex, None),
        max_silence_s=_get(given, "max_silence", values.whole_seconds, None),
        expect=_get(given, "expect", _expect, Expect()),
        enabled=_get(given, "enabled", Value.flag, True),
        note=_get(given, "note", Value.text, ""),
        options=_options(given, KINDS[kind_name]),
        hide_gone_s=_get(given, "privacy", _privacy, hide_gone_s),
    )


def _privacy(value: Value) -> int | None:
    """``{hide_gone_after: 30d}``, or ``{hide_gone_after: never}`` where the defaults say otherwise."""
    given = value.mapping(("hide_gone_after",), ("hide_gone_after",))["hide_gone_after"]
    return None if given.id_text() == "never" else values.whole_seconds(given)


def _needed(value: Value) -> str:
    text = value.text(300)
    if not text:
        raise value.error("must not be empty")
    return text


def _licence(given: Mapping[str, Value]) -> tuple[str, str]:
    """Licence and attribution: apart, or together as ``licence: {name: …, attribution: …}``."""
    attribution = _get(given, "attribution", Value.text, "")
    licence = given.get("licence")
    if licence is None or licence.is_null():
        return "", attribution
    if not licence.is_mapping():
        return licence.text(), attribution
    parts = licence.mapping(("name", "attribution"), ("name",))
    if attribution and "attribution" in parts:
        raise parts["attribution"].error("given twice; allowed: here or as a key of the source")
    return parts["name"].text(), attribution or _get(parts, "attribution", Value.text, "")


def _topic(value: Value, topics: Collection[str] | None) -> str:
    slug = values.slug(value)
    if topics is not None and slug not in topics:
        raise value.error(f"{slug!r} is not a topic; allowed: {', '.join(sorted(topics))}")
    return slug


def _expect(value: Value) -> Expect:
    given = value.mapping(("min_items", "types"))
    return Expect(
        min_items=_get(given, "min_items", lambda v: v.number(0, MAX_ENTRIES_PER_PAGE), 1),
        types=_get(given, "types", _list_of(values.media_type), ()),
    )


def _options(given: Mapping[str, Value], kind: SourceKind) -> Options:
    """The keys that only some kinds of source read. One that this kind does not read is a mistake worth naming."""
    readable = kind.options | COMMON_OPTIONS
    found: dict[str, Any] = {}
    for key, (field, reader) in _OPTIONS.items():
        if key not in given or given[key].is_null():
            continue
        if field not in readable:
            allowed = ", ".join(k for k, (f, _) in _OPTIONS.items() if f in readable)
            raise given[key].error(f"a source of kind {kind.name!r} does not read it; allowed for this kind: {allowed}")
        found[field] = reader(given[key])
    return Options(**found)


def _all_keys() -> tuple[str, ...]:
    return (*_SOURCE_KEYS, *_OPTIONS)


def _get(given: Mapping[str, Value], key: str, reader: Callable[[Value], _T], default: _T) -> _T:
    value = given.get(key)
    return default if value is None or value.is_null() else reader(value)


def _list_of(reader: Callable[[Value], _T]) -> Callable[[Value], tuple[_T, ...]]:
    return lambda value: tuple(reader(item) for item in value.items(MAX_CONFIG_LIST))


_OPTIONS: Final[Mapping[str, tuple[str, Callable[[Value], object]]]] = {
    # key in feeds.yaml → field of models.Options, and its reader. `title` of a source is its name, so the selectors of
    # a list are called row_…
    "identity": ("identity", lambda v: values.choice(v, _IDENTITIES)),
    "paths": ("paths", _list_of(values.content_path)),
    "ids": ("ids", _list_of(values.external_id)),
    "follow": ("follow", lambda v: v.number(0, MAX_REQUESTS_PER_ROUND - 1)),
    "row": ("row", values.selector),
    "row_title": ("title", values.selector),
    "row_link": ("link", values.selector),
    "row_date": ("date", values.selector),
    "row_summary": ("summary", values.selector),
    "select": ("select", _list_of(values.selector)),
    "drop": ("drop", _list_of(values.selector)),
    "strip_title": ("strip_title", values.regex),
    "dataset": ("dataset", values.slug),
    "resources": ("resources", _list_of(values.regex)),
    "large": ("large", Value.flag),
    "doc_kind": ("doc_kind", lambda v: values.choice(v, UPDATE_KINDS)),
    "max_pages": ("max_pages", lambda v: v.number(1, 50)),
    "complete": ("complete", Value.flag),
    "recheck": ("recheck", lambda v: v.number(0, 50)),
    "ignore": ("ignore", _list_of(values.regex)),
}
