"""Every cap and timeout of the package, each with its reason. Nothing else in the package holds such a number."""

from __future__ import annotations

from typing import Final

KIB: Final = 1024
MIB: Final = 1024 * 1024
DAY_S: Final = 86_400

# --- fetch: bytes -----------------------------------------------------------------------------------------------
MAX_RAW_BYTES: Final = 10 * MIB
"""Bytes on the wire per response. The largest legitimate feed payload seen is 8 MB (a month of stops is its own kind)."""
MAX_DECODED_BYTES: Final = 15 * MIB
"""Bytes after decompression; bounded while inflating, so a bomb costs one chunk, not its whole size."""
MAX_INFLATE_RATIO: Final = 100
"""Decoded : raw, checked after RATIO_FREE_BYTES. Real feeds compress 5–20 : 1."""
RATIO_FREE_BYTES: Final = 1 * MIB
MAX_STATS_RAW_BYTES: Final = 400 * MIB
"""For statistics downloads only (the dashboard CSV is 136 MB); streamed to a file, never held in memory."""
MAX_HEADER_BYTES: Final = 64 * KIB
MAX_ROBOTS_BYTES: Final = 500 * KIB
"""RFC 9309 §2.5: a crawler must parse at least 500 KiB."""

# --- fetch: time (seconds) --------------------------------------------------------------------------------------
CONNECT_TIMEOUT_S: Final = 10.0
READ_TIMEOUT_S: Final = 20.0
TOTAL_TIMEOUT_S: Final = 60.0
"""Whole fetch, redirects and body included: httpx timeouts are per operation, a slow drip would never end."""
MAX_REDIRECTS: Final = 5
ROBOTS_TTL_S: Final = DAY_S
"""RFC 9309 §2.4: a cached robots.txt should not be used for more than 24 hours."""
MAX_CRAWL_DELAY_S: Final = 30.0
MAX_RETRY_AFTER_S: Final = 7 * DAY_S
"""A server may ask for a longer pause than our backoff; beyond a week it is taken for a mistake."""

# --- rounds -----------------------------------------------------------------------------------------------------
MAX_REQUESTS_PER_ROUND: Final = 200
"""Requests one source may make in one round, follow-ups included."""
BACKOFF_FIRST_S: Final = 300
BACKOFF_CAP_S: Final = DAY_S
"""Failing sources are asked at least once a day, for ever."""
JITTER: Final = 0.10
"""Share by which each due time is moved, so that sources added together drift apart."""
TICK_S: Final = 20
SHUTDOWN_GRACE_S: Final = 5.0
CLAIM_S: Final = 900
"""A claimed source becomes due again after this long if its collector died."""

# --- parsing ----------------------------------------------------------------------------------------------------
PARSE_TIMEOUT_S: Final = 30.0
PARSE_MEMORY_BYTES: Final = 1024 * MIB
"""Address space of the parsing child (RLIMIT_AS): an entity bomb dies there in a tenth of a second."""
MAX_ENTRIES_PER_PAGE: Final = 5_000
MAX_TITLE_CHARS: Final = 500
MAX_SUMMARY_CHARS: Final = 5_000
MAX_BODY_CHARS: Final = 1_000_000
MAX_URL_CHARS: Final = 2_000
MAX_KEY_CHARS: Final = 500
MAX_AUTHOR_CHARS: Final = 1_000
"""Longer author elements are cut before feedparser sees them: its e-mail pattern is quadratic."""
MAX_HTML_BYTES: Final = 2 * MIB
"""HTML given to BeautifulSoup: 5 MB of links takes it 15 s."""
MAX_MATCH_CHARS: Final = 20_000
"""Text given to a `match` expression of feeds.yaml."""

# --- dates ------------------------------------------------------------------------------------------------------
EARLIEST_YEAR: Final = 1990
FUTURE_SLACK_S: Final = 48 * 3600
"""A publication date further ahead than this is a mistake and is not believed."""

# --- archive ----------------------------------------------------------------------------------------------------
FLAP_LIMIT: Final = 24
"""Silent changes, each within FLAP_CALM_S of the one before, after which an update stops making versions."""
FLAP_CALM_S: Final = 7 * DAY_S
LAST_SEEN_STEP_S: Final = DAY_S
"""`last_seen_at` is true to within this: writing it on every poll would rewrite the whole table hourly."""
VANISH_CONFIRMATIONS: Final = 2

# --- database ---------------------------------------------------------------------------------------------------
BUSY_TIMEOUT_MS: Final = 10_000
SEARCH_RANK_WINDOW: Final = 2_000
"""Relevance is computed over this many newest hits: bm25 costs 2–3 µs per hit, so a common word stays fast."""
PAGE_SIZE: Final = 50
FEED_SIZE: Final = 50
MAX_PAGE_SIZE: Final = 1_000
MAX_QUERY_CHARS: Final = 500
