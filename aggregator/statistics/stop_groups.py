"""Groups in which stops are counted: outcome, self-defined ethnicity (5 + 1) and object, by lookup of published values.

A value that is not listed is ``unknown-value``, never guessed: the vocabulary of 1,069,661 real rows is all here.
Self-defined Chinese is counted as Asian, as the census of 2011 and later does, also where older rows list it as other.
"""

from __future__ import annotations

UNLISTED = "unknown-value"

OUTCOMES = {
    "nothing found - no further action": "no-further-action",
    "a no further action disposal": "no-further-action",
    "suspect arrested": "arrest",
    "arrest": "arrest",
    "local resolution": "community-resolution",
    "community resolution": "community-resolution",
    "offender given penalty notice": "penalty-notice",
    "penalty notice for disorder": "penalty-notice",
    "suspect summonsed to court": "summons-or-charge",
    "summons / charged by post": "summons-or-charge",
    "offender cautioned": "caution",
    "caution (simple or conditional)": "caution",
    "offender given drugs possession warning": "drugs-warning",
    "khat or cannabis warning": "drugs-warning",
    "article found - detailed outcome unavailable": "not-recorded",
    "": "not-recorded",
}

OBJECTS = {
    "controlled drugs": "drugs",
    "offensive weapons": "weapons",
    "firearms": "weapons",
    "anything to threaten or harm anyone": "weapons",
    "stolen goods": "stolen-goods",
    "articles for use in criminal damage": "criminal-damage",
    "fireworks": "fireworks",
    "evidence of offences under the act": "evidence",
    "evidence of offences": "evidence",
    "crossbows": "weapons",
    "game or poaching equipment": "other",
    "": "not-recorded",
}
UNDIVIDED = "several"
"""Before 2018-01 weapons, stolen goods and more stand under "Articles for use in criminal damage"."""
OBJECTS_DIVIDED_FROM = "2018-01"

_ETHNICITY_STARTS = (
    ("white", "white"),
    ("mixed", "mixed"),
    ("asian", "asian"),
    ("black", "black"),
    ("chinese or other ethnic group - chinese", "asian"),
    ("chinese or other ethnic group", "other"),
    ("other ethnic group - not stated", "not-stated"),
    ("other ethnic group", "other"),
    ("not stated", "not-stated"),
)


def outcome_group(value: str) -> str:
    """Group of a published outcome."""
    return OUTCOMES.get(value.strip().lower(), UNLISTED)


def object_group(value: str, month: str) -> str:
    """Group of a published object of search in a month."""
    group = OBJECTS.get(value.strip().lower(), UNLISTED)
    return UNDIVIDED if group == "criminal-damage" and month < OBJECTS_DIVIDED_FROM else group


def ethnicity_group(value: str) -> str:
    """white | mixed | black | asian | other | not-stated, of a published self-defined ethnicity; blank: not stated."""
    folded = value.strip().lower()
    if not folded:
        return "not-stated"
    return next((group for start, group in _ETHNICITY_STARTS if folded.startswith(start)), UNLISTED)
