"""Every cap and timeout that keeps the package within bounds, each with its reason.

What is no bound stands where it is used: how much of something a page shows, the sizes of pictures, how many bytes or rows are
read at a time, and what a rule of recognition takes for few, short or alike.
"""

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
MAX_STATS_DECODED_BYTES: Final = 1024 * MIB
"""Bytes a statistics download may put on the disk once inflated: five years of the dashboard at its present growth."""
MAX_GZIP_MEMBERS: Final = 1_000
"""Members of one gzip body. Block-compressed files have one per 64 KiB; each costs an inflater, so tiny ones would burn CPU."""
MAX_HEADER_BYTES: Final = 64 * KIB
MAX_ROBOTS_BYTES: Final = 500 * KIB
"""RFC 9309 §2.5: a crawler must parse at least 500 KiB."""
MAX_RECEIPT_BYTES: Final = 64 * KIB
"""How much of the answer to a POST (a webhook's receipt) is read; only its status matters."""
MAX_VALIDATOR_CHARS: Final = 1_000
"""A longer ETag or Last-Modified is not kept: we would have to send it back for ever."""
CHALLENGE_HEAD_BYTES: Final = 8 * KIB
"""How much of a page the recogniser of bot challenges reads; their markers stand in its head."""

# --- fetch: time (seconds) --------------------------------------------------------------------------------------
CONNECT_TIMEOUT_S: Final = 10.0
READ_TIMEOUT_S: Final = 20.0
TOTAL_TIMEOUT_S: Final = 60.0
"""Whole fetch, redirects and body included: httpx timeouts are per operation, a slow drip would never end."""
STATS_TOTAL_TIMEOUT_S: Final = 1800.0
"""The same for a statistics download: 400 MiB at 250 KB/s."""
MAX_REDIRECTS: Final = 5
MAX_ADDRESSES_TRIED: Final = 4
"""Addresses of one name dialled in turn; together they share CONNECT_TIMEOUT_S."""
MAX_CONNECTIONS: Final = 32
ROBOTS_TIMEOUT_S: Final = 20.0
"""Reading robots.txt, redirects included; comes on top of the page's own time."""
ROBOTS_RETRY_S: Final = 60.0
"""A robots.txt that could not be read is not asked for again before this: a round has up to 200 requests."""
DEFAULT_QUIET_S: Final = 60.0
"""Silence towards a host that answered 429 without saying, in a way that makes sense, how long."""
ROBOTS_TTL_S: Final = DAY_S
"""RFC 9309 §2.4: a cached robots.txt should not be used for more than 24 hours."""
MAX_CRAWL_DELAY_S: Final = 30.0
MAX_RETRY_AFTER_S: Final = 7 * DAY_S
"""A server may ask for a longer pause than our backoff. Beyond a week it is taken for a mistake and counts as none: the host is
left alone for DEFAULT_QUIET_S and the source backs off, since one page with a wrong date would silence a whole host."""

# --- rounds -----------------------------------------------------------------------------------------------------
MAX_REQUESTS_PER_ROUND: Final = 200
"""Requests one source may make in one round, follow-ups included."""
COUNTS_TTL_S: Final = 600.0
CHECK_REQUESTS: Final = 5
"""Requests `check --live` makes per source."""
MAX_BACKFILL_QUEUE: Final = 20_000
"""Pages a backfill may have waiting: its way is written down after each. What is beyond is left out, and said."""
BACKFILL_FAILURES: Final = 3
"""Failures in a row after which a backfill stops: a person waits at it, and the next call goes on there."""
BACKOFF_FIRST_S: Final = 300
BACKOFF_CAP_S: Final = DAY_S
"""Failing sources are asked at least once a day, for ever."""
JITTER: Final = 0.10
"""Share by which a due time may be moved later, so that sources added together drift apart."""
TICK_S: Final = 20
CLOCK_STEP_S: Final = 300
"""A time so far ahead of the clock was told by a clock that was wrong; less is how clocks are kept in step."""
SHUTDOWN_GRACE_S: Final = 5.0
RESTART_FIRST_S: Final = 2.0
RESTART_LAST_S: Final = 60.0
"""A collector child that dies is started again after 2 s, then 4, 8 … at most a minute …"""
RESTART_CALM_S: Final = 300.0
"""… and after two seconds again once it has lived this long."""
CLAIM_S: Final = 900
"""A claim lapses after this long. A collector at work knows besides what it is at: a round may well take longer."""
LARGE_CLAIM_S: Final = 6 * 3600
"""The same for a source of large files, whose downloads of up to STATS_TOTAL_TIMEOUT_S each wait for one another."""

# --- parsing ----------------------------------------------------------------------------------------------------
PARSE_TIMEOUT_S: Final = 30.0
PARSE_LARGE_TIMEOUT_S: Final = 900.0
"""Reading a large statistics file: 877,000 lines of the dashboard take two seconds, a workbook of 411,000 rows a minute."""
PARSE_MEMORY_BYTES: Final = 1024 * MIB
"""Address space of the parsing child (RLIMIT_AS): an entity bomb dies there in a tenth of a second."""
PARSE_START_S: Final = 20.0
"""For a parsing child to start and import its libraries, on top of PARSE_TIMEOUT_S; half a second on a quiet machine."""
PARSES_PER_CHILD: Final = 500
"""A parsing child is replaced after this many pages, so that what leaks in a library cannot add up."""
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
MAX_PDF_PAGES: Final = 400
"""Pages of a PDF whose text is read; the longest inspection reports have about 200."""
MAX_PARTS_PER_DOCUMENT: Final = 30
"""HTML parts of one GOV.UK publication that are followed; the longest seen have about twenty."""
DEFAULT_FOLLOW: Final = 50
"""Follow-up pages a round of a source reads where its `follow` does not say."""
DEFAULT_STOP_MONTHS: Final = 6
"""Months of stops a round reads where its `follow` does not say: each is 3–15 MB, and all 36 are due with each new one."""
MAX_GOVUK_FILES: Final = 500
"""Attachments of one GOV.UK document that are listed."""
MAX_PAGE_FILES: Final = 200
"""The same of a page elsewhere, or of one publication of a committee."""
MAX_DECLARED_CHANGES: Final = 1_000
"""Entries of a GOV.UK document's own history that are read."""
MAX_ENCLOSURES: Final = 50
MAX_CATEGORIES: Final = 50
"""Files and categories of one item of a feed that are read."""
MAX_LABEL_CHARS: Final = 200
"""A category of an item, or the title of a feed."""
FALLBACK_TITLE_CHARS: Final = 100
"""Of its text, as the title of an item that has none."""
DATE_WINDOW_CHARS: Final = 3_000
"""Text of a row of a list in which its date is looked for."""
TAG_WINDOW_CHARS: Final = 2_000
"""Text of a feed's tag that is looked at for its end: more would be searched again for each "<"."""
MAX_CLIMB: Final = 8
"""Elements that are climbed from a label of a decision in search of the row it belongs to."""
PARLIAMENT_CUT_CHARS: Final = 255
"""The list of written questions cuts texts at about this length."""
MAX_MATCH_CHARS: Final = 20_000
"""Text given to a `match` expression of feeds.yaml."""

# --- configuration ----------------------------------------------------------------------------------------------
MAX_CONFIG_BYTES: Final = 512 * KIB
"""feeds.yaml as shipped is 54 KB; PyYAML reads about 200 KB a second."""
MAX_CONFIG_DEPTH: Final = 10
MAX_SOURCES: Final = 2_000
MAX_CONFIG_LIST: Final = 500
"""Values of one list of feeds.yaml; as shipped the longest have a handful, an operator's `ids` may name every ward of a force."""
MAX_CONFIG_TEXT_CHARS: Final = 5_000
MAX_REGEX_CHARS: Final = 2_000
MAX_DURATION_S: Final = 3_650 * DAY_S
MAX_CONCURRENCY: Final = 64
MAX_WINDOW_DAYS: Final = 3_650
"""How far a date window of a source's address, ``{today-30d:%Y-%m-%d}``, may reach."""

# --- dates ------------------------------------------------------------------------------------------------------
EARLIEST_YEAR: Final = 1990
FUTURE_SLACK_S: Final = 48 * 3600
"""A publication date further ahead than this is a mistake and is not believed."""

# --- text -------------------------------------------------------------------------------------------------------
MAX_DATE_CHARS: Final = 100
"""The longest real date seen has 45 characters; a longer one is not a date."""
MAX_HTML_DEPTH: Final = 1_000
"""Open elements. The HTML5 algorithm is quadratic in them: 8,000 nested divs take 0.2 s, 400,000 over ten minutes."""
MAX_XML_DEPTH: Final = 100
"""Open elements of an XML answer; the deepest real one seen has eight."""
MAX_TABLES: Final = 50
"""Tables of a page that are looked at for the one with the right columns."""
MAX_HTML_FORMATTING: Final = 50
"""Unclosed <b>, <i> …: HTML5 repeats each of them in every paragraph that follows."""
MAX_HTML_AMPERSANDS: Final = 50_000
"""Each "&" costs html5ever the length of the text it stands in: two million of them take two minutes, this a second."""
SANITISE_ROUNDS: Final = 6
"""HTML is cleaned until it no longer changes; what has not settled by then is kept as plain text."""
DIFF_WINDOW: Final = 40_000
"""Words of the old text times words of the new text that difflib is given at once: it is quadratic."""
EXCERPT_AROUND_CHARS: Final = 60
EXCERPT_CHANGED_CHARS: Final = 160
"""What a list shows of the first change of an edit: a line or three on a phone, words before and after it included."""
EXCERPT_WORDS: Final = 600
"""Words of the first changed line that are compared for it, past what both begin with: under 5 ms."""
EXCERPT_LIST_CHARS: Final = 2_000_000
"""Text read for one list of edits: some 20 ms; the first change of those beyond it is left to their own pages."""
DIFF_BUDGET: Final = 20_000_000
"""Comparisons one diff may cost in all, so that a made-up text costs seconds, not hours."""
MAX_NOISE_LINE_CHARS: Final = 240
"""A longer line of a page is no counter or clock that a server writes anew for each reader."""
MOVED_MIN_WORDS: Final = 5
"""A paragraph shorter than this that turns up elsewhere ("Ends", "- None") has hardly been moved."""

# --- archive ----------------------------------------------------------------------------------------------------
FLAP_LIMIT: Final = 24
"""Silent changes, each within FLAP_CALM_S of the one before, after which an update stops making versions."""
FLAP_CALM_S: Final = 7 * DAY_S
LAST_SEEN_STEP_S: Final = DAY_S
"""`last_seen_at` is true to within this: writing it on every poll would rewrite the whole table hourly."""
VANISH_CONFIRMATIONS: Final = 2
"""Rounds in a row that must miss a document before it counts as vanished: one bad answer of a server is no news."""
VANISH_MAX_SHARE: Final = 0.5
"""Of a source's documents: when more are missing at once, the list is more likely broken than they are gone …"""
VANISH_FREE: Final = 3
"""… unless they are no more than this many."""
RECHECK_WINDOW_S: Final = 400 * DAY_S
"""How long an item that has left its feed's window is looked at again now and then (`recheck` of feeds.yaml)."""
WIPE_WAIT_S: Final = 20.0
"""How long a takedown waits for readers before it says that the write-ahead log could not be emptied."""
NEAR_WINDOW_S: Final = 60 * DAY_S
"""How far apart in time two texts may be published and be the same story; hashes of older ones are not kept."""
NEAR_MIN_WORDS: Final = 12
"""A shorter text is alike to too many: it is only compared whole."""
NEAR_MAX_WORDS: Final = 5_000
"""Words of a text that are compared: MinHash takes 2 µs for each."""
NEAR_THRESHOLD: Final = 0.5
"""Share of word triples two texts have in common to be the same story (Jaccard): one word in eight may be another."""
NEAR_CANDIDATES: Final = 20
"""Texts of the same buckets that are compared word by word: what each new item may cost is bounded."""
RELATED_WINDOW_S: Final = 730 * DAY_S
"""How far back an operation or a reference is followed: from an appeal to the verdict it takes a year or two."""
RELATED_MOST: Final = 5
"""Links by one name or number; of a larger matter the newest are linked."""
MAX_KEYS: Final = 20
"""Names and numbers of one text by which it is followed."""
MAX_LINKS_FOLLOWED: Final = 50
"""Links of one text that are looked up among the updates."""

# --- statistics -------------------------------------------------------------------------------------------------
MAX_STATS_COLUMNS: Final = 600
"""Columns of a statistics table: the widest real one (use of force) has 271, and 16 years of months make 200."""
MAX_STATS_LINE_BYTES: Final = 1 * MIB
"""What is read of a CSV in search of the end of a line, or of a quoted row: 600 columns make some 10 KB."""
MAX_STATS_CELLS: Final = 4_000_000
"""Cells of one release held in memory: the largest opt-in one (wards since 2010) has 2.0 million, about 1 GB."""
MAX_STOPS_PER_FILE: Final = 500_000
"""Stops of one file held in memory: a whole month of the Met is 3,000–30,000."""
MAX_STATS_JSON_BYTES: Final = 64 * MIB
"""A month of stops as JSON is 3–15 MB."""
MAX_ARCHIVE_MEMBERS: Final = 20_000
"""Files in a ZIP: an archive of 36 months of all forces has about 5,000."""
MAX_ARCHIVE_MEMBER_BYTES: Final = 1024 * MIB
"""Unpacked size of one file of a ZIP that is read."""
SUSPECT_SHARE: Final = 0.60
"""A month of stops below this share of the median of the last unflagged months is suspect (tested on 93 real months)."""
SUSPECT_WINDOW: Final = 12
TRUNCATED_DAYS: Final = 2
"""Whole days without a single stop, at either end of a month, that mean it was cut short …"""
TRUNCATED_MIN_ROWS: Final = 300
"""… when it has this many rows: below ten a day an empty day means nothing."""
GAP_MIN_FIGURE: Final = 5
"""A borough none of whose figures is below this has a gap where it has none: a zero is left out too, but comes beside small
figures (in the real files 4 of 8,000 absent figures of boroughs are such gaps)."""
REVISIONS_SHOWN: Final = 12
"""Revised figures that the update about a release names; all are in the database."""

# --- database ---------------------------------------------------------------------------------------------------
BUSY_TIMEOUT_MS: Final = 10_000
SEARCH_RANK_WINDOW: Final = 2_000
"""Relevance is computed over this many newest hits: bm25 costs 2–3 µs per hit, so a common word stays fast."""
RESTORE_SEQ_LEAP: Final = 1_000_000
"""Numbers of changes left out after a restore: more than an archive gives out between two backups, even by a retag."""
WARC_PART_BYTES: Final = 1024 * MIB
"""Size at which a WARC export begins a new file, as the standard advises (ISO 28500, annex C)."""
EXPORT_PART_ROWS: Final = 250_000
"""Rows per file of an export: a part fits in memory."""
PAGE_SIZE: Final = 50
FEED_SIZE: Final = 50
MAX_QUERY_CHARS: Final = 500

# --- subscriptions ------------------------------------------------------------------------------------------------
MAX_WEBHOOKS: Final = 200
MAX_DIGESTS: Final = 2_000
DELIVER_EVERY_S: Final = 60.0
"""How often the collector looks for what is due to subscribers, besides after each round that brought something."""
DELIVERY_STOP_S: Final = 1.0
"""How long a shutdown waits for a delivery on its way; part of SHUTDOWN_GRACE_S."""
CHANGES_SCANNED: Final = 1_000
"""Changes compared with a subscription's criteria at a time; one comparison takes some 20 ms …"""
SCANS_PER_PASS: Final = 50
"""… and so many in one pass per webhook: one that begins far back catches up over several passes."""
WEBHOOK_QUEUE: Final = 200
"""Deliveries planned ahead per webhook: what is beyond costs nothing but the number where to go on."""
WEBHOOK_CONCURRENCY: Final = 8
WEBHOOK_TIMEOUT_S: Final = 15.0
"""Whole attempt: the Standard Webhooks specification asks receivers to answer within 15 to 30 seconds."""
DELIVERY_PASS_S: Final = 60.0
"""One webhook's turn in a pass: one that answers slowly does not keep the others waiting for the next pass."""
WEBHOOK_FIRST_S: Final = 30.0
WEBHOOK_CAP_S: Final = 12 * 3600.0
WEBHOOK_TRIES: Final = 16
"""Attempts before a webhook is given up: with the pauses above over two and a half days, a long weekend."""
RETRY_JITTER: Final = 0.2
"""Share by which a pause may be longer, so that what failed together does not come back together."""
DELIVERIES_KEPT: Final = 1_000
"""Finished deliveries per webhook in the log …"""
DELIVERIES_KEPT_S: Final = 30 * DAY_S
"""… and for how long."""
DIGEST_LINES: Final = 200
"""Updates in one mail; it says how many more there are. Some providers cut mails at 100 KB."""
DIGESTS_PER_PASS: Final = 50
DIGEST_FIRST_S: Final = 300.0
DIGEST_CAP_S: Final = 12 * 3600.0
DIGEST_TRIES: Final = 12
"""Attempts at one mail before its digest is given up: over two days, what mail servers themselves use to allow."""
DIGEST_RUNS_KEPT: Final = 400
"""Finished mails per digest in the log, and tokens to unsubscribe with that still work: a year of daily ones."""
SMTP_TIMEOUT_S: Final = 20.0
"""Each step of handing a mail to the mail server."""
MAX_ADDRESS_CHARS: Final = 254
"""RFC 5321 §4.5.3.1.3, without the angle brackets."""

# --- tagging ----------------------------------------------------------------------------------------------------
TAG_LEAD_CHARS: Final = 600
"""At most this much of the first paragraph is the lead, whose words weigh more: some bodies are one long paragraph."""
TAG_BOILERPLATE_CHARS: Final = 400
"""A paragraph with a closing phrase is left out whole up to this length; of a longer one only the rest after the phrase."""
TAG_EVIDENCE: Final = 5
"""Pieces of evidence stored per tag: enough to be convincing, few enough for a million rows."""
TAG_BATCH: Final = 256
"""Documents tagged step by step together: enough that the steps cost nothing beside the text (64 were a tenth slower), few enough
that memory stays bounded and the next level of cache holds them."""
TAG_BATCH_CHARS: Final = 1_000_000
"""A batch of long documents ends here, for the same reason; a single longer document is a batch of its own."""
TAG_SCOPE_CHARS: Final = 60
"""A negation or supposition reaches this far within its sentence."""
RETAG_BATCH: Final = 500
"""Updates a retag holds in memory at a time, and writes in one transaction each."""
RETAG_EXAMPLES: Final = 3
"""Titles a retag gives as examples of what each label gains and loses."""
MAX_TAG_LINE_CHARS: Final = 4_000_000
"""One line of `aggregator tag --jsonl`: the longest body four times over."""

# --- site -------------------------------------------------------------------------------------------------------
PAGE_TIMEOUT_S: Final = 2.0
"""All reads of one page together. Measured pages take milliseconds at a million updates; what takes longer is a search
that must be narrowed, and is told so."""
MAX_QUERY_TERMS: Final = 32
"""Words and phrases of a search that count; FTS5 refuses expressions deeper than 256."""
MAX_QUERY_VALUES: Final = 20
"""Values of one filter (`topic:a topic:b …`) that count."""
MIN_PREFIX_CHARS: Final = 2
"""`p*` would merge the lists of every word with p: a shorter prefix is read as the word itself."""
SUGGEST_TITLES: Final = 2_000
SUGGEST_WORDS: Final = 4
"""Titles whose words a misspelt word is compared with, and words put right: under 0.1 s together, and only where nothing
was found."""
SUGGEST_FEWER: Final = 8
"""Words of a search that finds nothing, without each of which in turn it is tried: each try looks for one update."""
MAX_ARG_CHARS: Final = 200
"""Any other parameter of an address."""
MAX_CURSOR_DIGITS: Final = 16
"""Digits of a place in a list that an address gives: an id, which is below 2**53, has no more."""
MAX_SQL_VALUE_BYTES: Final = 4 * MIB
"""One value, or row being sorted, in SQL that anybody may send. The largest stored row is a text of MAX_BODY_CHARS with its
HTML, up to 3 MB; without this bound one function makes a value of a gigabyte, and no time limit interrupts it."""
MAX_SQL_ANSWER_BYTES: Final = 32 * MIB
"""Text and bytes of the rows of one answer to such SQL: 1,000 rows of 32 KB each. Written as JSON it may be six times that."""
MAX_SQL_PATTERN_CHARS: Final = 500
"""A LIKE or GLOB pattern in such SQL. Matching is one step that no time limit interrupts, and costs pattern times text:
50,000 characters, which is SQLite's own bound, would take a value of 4 MB for minutes."""
MAX_SQL_HEAP_BYTES: Final = 256 * MIB
"""What SQLite may hold in the serving process, page caches (2 MB for each of 8 threads) included: the rest of the gigabyte
that docs/running.md gives the site is for answers being written."""
PAGE_CACHE_S: Final = 60
PREFLIGHT_CACHE_S: Final = DAY_S
"""How long a browser need not ask again whether a script of another site may read here: it always may."""
HEALTH_STALE_S: Final = DAY_S
"""`/-/health` turns bad when no round of any source was started for this long: every source is asked daily at least."""
EVIDENCE_CONTEXT_CHARS: Final = 70
MAX_EVIDENCE_SHOWN: Final = 5
MAX_MEMENTOS: Final = 5_000
"""Texts of one address in a TimeMap: a page that changed every day for thirteen years."""
GROUPED_UPDATES: Final = 400
"""Newest updates of a topic or place that are grouped and counted for its page: some months of the busiest topic."""
MAX_MARKERS: Final = 60
"""Dates of news and policy beside a chart: beyond, they cover each other."""
SITEMAP_UPDATES: Final = 5_000
"""Updates up to which sitemap.xml is one file; beyond, it is an index of files by month."""
CONTENTS_FROM: Final = 6
"""Headings from which a text has a table of contents: fewer fit a screen or two."""
BESIDE_SHOWN: Final = 20
"""Files and parts named as changed in one edit; the largest GOV.UK collection seen has 14."""
SILENT_WEEKS: Final = 12
"""Weeks for which the page of silent edits counts them."""
SITEMAP_FILE_ADDRESSES: Final = 50_000
"""Addresses the protocol allows in one file."""
CALENDAR_EVENTS: Final = 500
MAX_DIFF_CHARS: Final = 200_000
"""Text of one version given to the word diff on a page; longer ones are said to be too long."""
