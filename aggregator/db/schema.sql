-- Public archive (met.db). Everything in this file may be read by anyone: Datasette serves all of it.
-- Times are UTC 'YYYY-MM-DDTHH:MM:SSZ'. Ids of updates rise with publication time: seconds since 1970 × 1000 + n.

-- === sources and their health ====================================================================================
CREATE TABLE sources (
  id TEXT PRIMARY KEY,
  title TEXT NOT NULL,
  publisher TEXT NOT NULL,
  homepage TEXT NOT NULL DEFAULT '',
  url TEXT NOT NULL,
  kind TEXT NOT NULL,
  licence TEXT NOT NULL DEFAULT '',
  attribution TEXT NOT NULL DEFAULT '',
  keep TEXT NOT NULL CHECK (keep IN ('full','summary','headline')),
  enabled INTEGER NOT NULL CHECK (enabled IN (0,1)),
  every_minutes INTEGER NOT NULL,
  max_silence_minutes INTEGER,
  note TEXT NOT NULL DEFAULT '',
  added_at TEXT NOT NULL,
  removed_at TEXT                     -- no longer in feeds.yaml; its updates stay
) STRICT;

CREATE TABLE source_state (
  source_id TEXT PRIMARY KEY REFERENCES sources(id),
  next_due_at TEXT NOT NULL,
  claimed_until TEXT,
  consecutive_failures INTEGER NOT NULL DEFAULT 0,
  last_success_at TEXT,
  last_outcome TEXT,
  last_error TEXT NOT NULL DEFAULT '',
  last_new_at TEXT,                   -- when a round last brought a new update
  newest_published_at TEXT,
  items INTEGER NOT NULL DEFAULT 0,
  gaps INTEGER NOT NULL DEFAULT 0,    -- times a window feed may have lost entries between two polls
  last_gap_at TEXT
) STRICT;

CREATE TABLE requests (               -- what is needed to ask conditionally, per URL
  source_id TEXT NOT NULL REFERENCES sources(id),
  url TEXT NOT NULL,
  etag TEXT NOT NULL DEFAULT '',
  last_modified TEXT NOT NULL DEFAULT '',
  sha256 TEXT NOT NULL DEFAULT '',    -- of the last body read
  hint TEXT NOT NULL DEFAULT '',
  parser TEXT NOT NULL DEFAULT '',    -- fingerprint of the code and configuration that read it
  fetched_at TEXT NOT NULL,
  PRIMARY KEY (source_id, url)
) STRICT, WITHOUT ROWID;

CREATE TABLE fetches (                -- one row per round of a source, whatever became of it
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  source_id TEXT NOT NULL REFERENCES sources(id),
  started_at TEXT NOT NULL,
  ms INTEGER NOT NULL,
  outcome TEXT NOT NULL,
  http_status INTEGER,
  bytes INTEGER NOT NULL DEFAULT 0,   -- on the wire
  requests INTEGER NOT NULL DEFAULT 0,
  items INTEGER NOT NULL DEFAULT 0,
  new INTEGER NOT NULL DEFAULT 0,
  changed INTEGER NOT NULL DEFAULT 0,
  withdrawn INTEGER NOT NULL DEFAULT 0,
  unchanged INTEGER NOT NULL DEFAULT 0,
  error TEXT NOT NULL DEFAULT ''      -- what happened and what a person can do
) STRICT;
CREATE INDEX fetches_source ON fetches(source_id, id DESC);
CREATE INDEX fetches_outcome ON fetches(outcome, id DESC);

-- === updates, their texts, versions and changes ==================================================================
CREATE TABLE updates (
  id INTEGER PRIMARY KEY,
  source_id TEXT NOT NULL REFERENCES sources(id),
  key TEXT NOT NULL,
  url TEXT,
  title TEXT NOT NULL,
  summary TEXT NOT NULL DEFAULT '',
  kind TEXT NOT NULL,
  kind_origin TEXT NOT NULL DEFAULT 'model' CHECK (kind_origin IN ('model','human','source')),
  published_at TEXT,
  published_raw TEXT NOT NULL DEFAULT '',
  date_quality TEXT NOT NULL,
  first_seen_at TEXT NOT NULL,
  changed_at TEXT NOT NULL,           -- when the present version was first seen
  last_seen_at TEXT NOT NULL,         -- true to within a day
  status TEXT NOT NULL DEFAULT 'live' CHECK (status IN ('live','withdrawn','gone','redirected','redacted')),
  status_at TEXT,
  status_note TEXT NOT NULL DEFAULT '',
  redirect_to TEXT NOT NULL DEFAULT '',
  version INTEGER NOT NULL DEFAULT 1,
  change_seq INTEGER NOT NULL DEFAULT 0,
  cluster_id INTEGER NOT NULL,        -- the id of the first update with this canonical URL; its own where there is none
  modified_at TEXT,                   -- when the publisher says it last changed
  starts_at TEXT,                     -- meetings, releases; at 00:00:00Z where only the day is known
  ends_at TEXT,
  refs TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(refs)),
  attachments TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(attachments)),
  parts TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(parts)), -- documents that make up this one: key → sha256 of its text
  stage TEXT NOT NULL DEFAULT '',     -- of a consultation: open | closed | outcome
  content_hash TEXT NOT NULL,         -- sha256 of the normalised text of the present version
  missing INTEGER NOT NULL DEFAULT 0, -- rounds in a row in which a list or address that should have it had it not
  rechecked_at TEXT,                  -- when its own page was last asked for, since it left its list
  missing_since TEXT,                 -- the first of them; with status 'gone': it vanished, nobody said so
  flaps INTEGER NOT NULL DEFAULT 0,   -- silent changes in quick succession
  flapping INTEGER NOT NULL DEFAULT 0 CHECK (flapping IN (0,1)),
  tag_model TEXT NOT NULL DEFAULT '',
  UNIQUE (source_id, key)
) STRICT;
CREATE INDEX updates_source ON updates(source_id, id DESC);
CREATE INDEX updates_kind ON updates(kind, id DESC);
CREATE INDEX updates_status ON updates(status, id DESC) WHERE status <> 'live';
CREATE INDEX updates_url ON updates(url) WHERE url IS NOT NULL;
CREATE INDEX updates_cluster ON updates(cluster_id, id DESC);
CREATE INDEX updates_starts ON updates(starts_at) WHERE starts_at IS NOT NULL;
CREATE INDEX updates_last_seen ON updates(source_id, last_seen_at);

CREATE TABLE texts (                  -- apart, so that lists stay light
  update_id INTEGER PRIMARY KEY REFERENCES updates(id) ON DELETE CASCADE,
  body TEXT NOT NULL DEFAULT '',      -- plain text, what search reads
  html TEXT NOT NULL DEFAULT ''       -- rebuilt from an allow-list
) STRICT;

CREATE TABLE versions (
  update_id INTEGER NOT NULL REFERENCES updates(id) ON DELETE CASCADE,
  version INTEGER NOT NULL,
  seen_at TEXT NOT NULL,
  declared_at TEXT,                   -- when the publisher says the change was made
  change_note TEXT NOT NULL DEFAULT '',
  silent INTEGER NOT NULL DEFAULT 0 CHECK (silent IN (0,1)),
  has_text INTEGER NOT NULL DEFAULT 1 CHECK (has_text IN (0,1)), -- 0: declared by the publisher before we first saw it
  title TEXT NOT NULL DEFAULT '',
  summary TEXT NOT NULL DEFAULT '',
  body TEXT NOT NULL DEFAULT '',
  sha256 TEXT NOT NULL DEFAULT '',
  words_added INTEGER NOT NULL DEFAULT 0,
  words_removed INTEGER NOT NULL DEFAULT 0,
  status TEXT NOT NULL DEFAULT 'live',
  attachments TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(attachments)),
  parts TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(parts)),
  PRIMARY KEY (update_id, version)
) STRICT;
CREATE INDEX versions_seen ON versions(seen_at DESC);
CREATE INDEX versions_silent ON versions(seen_at DESC) WHERE silent = 1;
CREATE INDEX versions_later ON versions(seen_at DESC, update_id DESC, version DESC) WHERE version > 1; -- edits, newest first

CREATE TABLE changes (                -- the cursor: one writer, so seq is committed in order and never reused
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  update_id INTEGER NOT NULL,
  version INTEGER NOT NULL,
  type TEXT NOT NULL CHECK (type IN ('new','edited','withdrawn','restored','retagged','redacted')),
  at TEXT NOT NULL
) STRICT;
CREATE INDEX changes_update ON changes(update_id, seq);

CREATE TABLE chain (                  -- a hash chain over versions: see `aggregator check --archive`
  seq INTEGER PRIMARY KEY,            -- 1, 2, 3 … without a hole
  update_id INTEGER NOT NULL,
  version INTEGER NOT NULL,
  at TEXT NOT NULL,
  action TEXT NOT NULL CHECK (action IN ('version','redacted')),
  salt TEXT NOT NULL,                 -- '': forgotten, since the version was redacted; a later link stands for it
  leaf TEXT NOT NULL,                 -- sha256 of the salt and all that the version says
  link TEXT NOT NULL                  -- sha256 of the link before and this row
) STRICT;
CREATE INDEX chain_version ON chain(update_id, version);

CREATE TABLE notices (                -- what was declared, or became of an update, without a change of its text
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  update_id INTEGER NOT NULL REFERENCES updates(id) ON DELETE CASCADE,
  version INTEGER NOT NULL,           -- the version it is about: the present one then
  seen_at TEXT NOT NULL,
  declared_at TEXT,                   -- the publisher's own time for it
  type TEXT NOT NULL CHECK (type IN ('declared','stage','status')),
  note TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX notices_update ON notices(update_id, id);

-- === the same story, and what follows from it =====================================================================
CREATE TABLE cluster_members (        -- why an update is in the cluster it is in; one row for each that is not its first
  update_id INTEGER PRIMARY KEY REFERENCES updates(id) ON DELETE CASCADE,
  cluster_id INTEGER NOT NULL,
  like_id INTEGER NOT NULL,           -- the member it was found to be like
  reason TEXT NOT NULL CHECK (reason IN ('url','text','similar','human')),
  score REAL NOT NULL,                -- share of word triples that both have; 1 for the same address or text
  at TEXT NOT NULL
) STRICT;
CREATE INDEX cluster_members_cluster ON cluster_members(cluster_id, update_id);

CREATE TABLE near_buckets (           -- locality-sensitive hashes of recent texts: what shares one may be alike
  band INTEGER NOT NULL,              -- 0: the whole text; 1 and on: parts of its MinHash
  hash INTEGER NOT NULL,
  update_id INTEGER NOT NULL REFERENCES updates(id) ON DELETE CASCADE,
  PRIMARY KEY (band, hash, update_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX near_buckets_update ON near_buckets(update_id);

CREATE TABLE update_keys (            -- names of operations and reference numbers by which stories are followed
  key TEXT NOT NULL,                  -- 'operation:hydrant', 'cad:3421/14aug', 'pcd:1179'
  update_id INTEGER NOT NULL REFERENCES updates(id) ON DELETE CASCADE,
  PRIMARY KEY (key, update_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX update_keys_update ON update_keys(update_id);

CREATE TABLE related_updates (        -- update_id is the later one, or the one that points
  update_id INTEGER NOT NULL REFERENCES updates(id) ON DELETE CASCADE,
  other_id INTEGER NOT NULL REFERENCES updates(id) ON DELETE CASCADE,
  relation TEXT NOT NULL CHECK (relation IN ('successor','follow-up','same-matter','links-to')),
  reason TEXT NOT NULL,               -- in words, for a reader
  at TEXT NOT NULL,
  PRIMARY KEY (update_id, other_id, relation)
) STRICT, WITHOUT ROWID;
CREATE INDEX related_updates_other ON related_updates(other_id);

-- === taxonomy and tags ===========================================================================================
CREATE TABLE sections (
  slug TEXT PRIMARY KEY,
  title TEXT NOT NULL,
  description TEXT NOT NULL,
  position INTEGER NOT NULL
) STRICT;

CREATE TABLE topics (
  slug TEXT PRIMARY KEY,
  title TEXT NOT NULL,
  description TEXT NOT NULL,
  parent TEXT REFERENCES topics(slug),
  assignable INTEGER NOT NULL DEFAULT 1 CHECK (assignable IN (0,1)), -- 0: only its children are labelled
  position INTEGER NOT NULL
) STRICT;

CREATE TABLE topic_sections (
  section TEXT NOT NULL REFERENCES sections(slug),
  topic TEXT NOT NULL REFERENCES topics(slug),
  position INTEGER NOT NULL,
  PRIMARY KEY (section, topic)
) STRICT, WITHOUT ROWID;

CREATE TABLE update_topics (
  topic TEXT NOT NULL REFERENCES topics(slug),
  update_id INTEGER NOT NULL REFERENCES updates(id) ON DELETE CASCADE,
  score REAL NOT NULL,
  origin TEXT NOT NULL CHECK (origin IN ('model','human','source')),
  evidence TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(evidence)),
  published_at TEXT NOT NULL,         -- of the update; first_seen_at where it has no date
  model TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (topic, update_id)      -- ids rise with time: newest first is a walk down this key
) STRICT, WITHOUT ROWID;
CREATE INDEX update_topics_update ON update_topics(update_id, topic);

CREATE TABLE places (
  slug TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  gss TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL CHECK (kind IN ('borough','city'))
) STRICT;

CREATE TABLE update_places (
  place TEXT NOT NULL REFERENCES places(slug),
  update_id INTEGER NOT NULL REFERENCES updates(id) ON DELETE CASCADE,
  origin TEXT NOT NULL CHECK (origin IN ('model','human','source')),
  evidence TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(evidence)),
  published_at TEXT NOT NULL,
  model TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (place, update_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX update_places_update ON update_places(update_id, place);

CREATE TABLE entities (               -- offences, Acts, operations, programmes
  id INTEGER PRIMARY KEY,
  type TEXT NOT NULL,
  slug TEXT NOT NULL,
  title TEXT NOT NULL,
  UNIQUE (type, slug)
) STRICT;

CREATE TABLE update_entities (
  entity_id INTEGER NOT NULL REFERENCES entities(id),
  update_id INTEGER NOT NULL REFERENCES updates(id) ON DELETE CASCADE,
  evidence TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(evidence)),
  PRIMARY KEY (entity_id, update_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX update_entities_update ON update_entities(update_id, entity_id);

CREATE TABLE corrections (            -- human decisions; they outlive every retag
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  update_id INTEGER NOT NULL REFERENCES updates(id) ON DELETE CASCADE,
  at TEXT NOT NULL,
  who TEXT NOT NULL,
  why TEXT NOT NULL,
  field TEXT NOT NULL CHECK (field IN ('topic','place','kind','story')),
  action TEXT NOT NULL CHECK (action IN ('add','drop','set')),
  value TEXT NOT NULL
) STRICT;
CREATE INDEX corrections_update ON corrections(update_id, id);

CREATE TABLE audit (                  -- takedowns, redactions: who, when, why; never what was removed
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  at TEXT NOT NULL,
  action TEXT NOT NULL,
  subject TEXT NOT NULL,
  who TEXT NOT NULL,
  why TEXT NOT NULL,
  details TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(details))
) STRICT;

-- === search ======================================================================================================
CREATE VIEW updates_doc AS
  SELECT u.id AS id, u.title AS title, u.summary AS summary, coalesce(t.body, '') AS body
  FROM updates u LEFT JOIN texts t ON t.update_id = u.id;

CREATE VIRTUAL TABLE updates_fts USING fts5(
  title, summary, body, content="updates_doc", content_rowid="id", tokenize="porter unicode61 remove_diacritics 2"
);

-- === statistics ==================================================================================================
CREATE TABLE datasets (
  id TEXT PRIMARY KEY,
  title TEXT NOT NULL,
  description TEXT NOT NULL DEFAULT '',
  publisher TEXT NOT NULL,
  homepage TEXT NOT NULL DEFAULT '',
  licence TEXT NOT NULL DEFAULT '',
  attribution TEXT NOT NULL DEFAULT '',
  cadence TEXT NOT NULL DEFAULT '',
  note TEXT NOT NULL DEFAULT '',
  additive_areas INTEGER NOT NULL DEFAULT 1 CHECK (additive_areas IN (0,1)), -- 0: a sum over areas means nothing
  additive_categories INTEGER NOT NULL DEFAULT 1 CHECK (additive_categories IN (0,1)), -- 0: categories overlap
  topic TEXT NOT NULL DEFAULT ''      -- slug of the topic its figures belong to
) STRICT;

CREATE TABLE series_breaks (          -- from this period on, figures are not comparable with those before
  dataset_id TEXT NOT NULL REFERENCES datasets(id),
  period TEXT NOT NULL,
  note TEXT NOT NULL,
  PRIMARY KEY (dataset_id, period)
) STRICT, WITHOUT ROWID;

CREATE TABLE releases (               -- one file of a data set as published at one time
  id INTEGER PRIMARY KEY,
  dataset_id TEXT NOT NULL REFERENCES datasets(id),
  released_at TEXT NOT NULL,          -- the publisher's refresh date; when it was first seen where none is given
  first_seen_at TEXT NOT NULL,
  url TEXT NOT NULL DEFAULT '',
  filename TEXT NOT NULL DEFAULT '',
  sha256 TEXT NOT NULL,
  etag TEXT NOT NULL DEFAULT '',
  header_family TEXT NOT NULL DEFAULT '',
  period_from TEXT,
  period_to TEXT,
  rows INTEGER NOT NULL DEFAULT 0,
  added INTEGER NOT NULL DEFAULT 0,
  revised INTEGER NOT NULL DEFAULT 0,
  removed INTEGER NOT NULL DEFAULT 0,
  rank INTEGER NOT NULL DEFAULT 0,    -- of two releases of one day, the higher wins where both have a period
  dated_by TEXT NOT NULL DEFAULT 'seen' CHECK (dated_by IN ('publisher','periods','seen')), -- where released_at comes from
  UNIQUE (dataset_id, sha256)
) STRICT;
CREATE INDEX releases_dataset ON releases(dataset_id, released_at, rank, id);

CREATE TABLE areas (
  id INTEGER PRIMARY KEY,
  code TEXT NOT NULL UNIQUE,          -- GSS code, or a pseudo code such as 'MPS' or 'unknown'
  name TEXT NOT NULL,
  kind TEXT NOT NULL,                 -- borough | city | ward | lsoa | force | pseudo
  place TEXT REFERENCES places(slug),
  population INTEGER,
  population_year INTEGER
) STRICT;

CREATE TABLE categories (
  id INTEGER PRIMARY KEY,
  dataset_id TEXT NOT NULL REFERENCES datasets(id),
  code TEXT NOT NULL,                 -- normalised: 'burglary/burglary-residential'; '' for the whole
  title TEXT NOT NULL,
  parent TEXT,
  topic TEXT REFERENCES topics(slug),
  UNIQUE (dataset_id, code)
) STRICT;

CREATE TABLE observations (           -- current values
  dataset_id TEXT NOT NULL REFERENCES datasets(id),
  measure TEXT NOT NULL,              -- offences | outcomes | searches | …
  area_id INTEGER NOT NULL REFERENCES areas(id),
  category_id INTEGER NOT NULL REFERENCES categories(id),
  period TEXT NOT NULL,               -- 'YYYY-MM', 'YYYY', 'YYYY-Qn', 'FY2024-25'
  value REAL NOT NULL,
  release_id INTEGER NOT NULL REFERENCES releases(id),  -- that first gave this value
  PRIMARY KEY (dataset_id, measure, area_id, category_id, period)
) STRICT, WITHOUT ROWID;

CREATE TABLE area_totals (            -- of observations: all categories of an area together, where these may be added
  dataset_id TEXT NOT NULL REFERENCES datasets(id),
  measure TEXT NOT NULL,
  area_id INTEGER NOT NULL REFERENCES areas(id),
  period TEXT NOT NULL,
  release_id INTEGER NOT NULL REFERENCES releases(id),
  value REAL NOT NULL,
  PRIMARY KEY (dataset_id, measure, area_id, period, release_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE observation_revisions (  -- every value that was replaced or dropped
  dataset_id TEXT NOT NULL,
  measure TEXT NOT NULL,
  area_id INTEGER NOT NULL,
  category_id INTEGER NOT NULL,
  period TEXT NOT NULL,
  old_value REAL,                     -- NULL: the cell was not there
  new_value REAL,                     -- NULL: the cell was dropped
  old_release_id INTEGER REFERENCES releases(id), -- of an old_value NULL: the last release before that covers the period
  new_release_id INTEGER NOT NULL REFERENCES releases(id),
  row_dropped INTEGER NOT NULL DEFAULT 0 CHECK (row_dropped IN (0,1)), -- 1: its whole row is no longer published
  PRIMARY KEY (dataset_id, measure, area_id, category_id, period, new_release_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX observation_revisions_release ON observation_revisions(new_release_id);

CREATE TABLE coverage (
  dataset_id TEXT NOT NULL REFERENCES datasets(id),
  period TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('complete','provisional','missing','truncated','suspect','backfilled')),
  rows INTEGER NOT NULL DEFAULT 0,
  note TEXT NOT NULL DEFAULT '',
  flags TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(flags)), -- every state that applies; `state` is the weightiest
  missing_since TEXT,                 -- when we first knew that it was missing; kept when it is filled later
  PRIMARY KEY (dataset_id, period)
) STRICT, WITHOUT ROWID;

CREATE TABLE stop_values (            -- each published value of a coded column, and the group it is counted in
  id INTEGER PRIMARY KEY,
  field TEXT NOT NULL,                -- type | gender | age_range | self_ethnicity | officer_ethnicity | legislation | object | outcome
  value TEXT NOT NULL,                -- as published; '' where blank
  grp TEXT NOT NULL DEFAULT '',       -- slug; one value may have two (objects before and after 2018-01)
  UNIQUE (field, value, grp)
) STRICT;

CREATE TABLE stop_points (            -- the map points that searches are snapped to
  id INTEGER PRIMARY KEY,
  latitude INTEGER NOT NULL,          -- millionths of a degree
  longitude INTEGER NOT NULL,
  area_id INTEGER NOT NULL REFERENCES areas(id), -- borough by point in polygon
  UNIQUE (latitude, longitude)
) STRICT;

CREATE TABLE stop_kinds (             -- what stops have in common: each combination of values once, 38,195 of a million stops
  id INTEGER PRIMARY KEY,
  type_id INTEGER NOT NULL, gender_id INTEGER NOT NULL, age_range_id INTEGER NOT NULL,
  self_ethnicity_id INTEGER NOT NULL, officer_ethnicity_id INTEGER NOT NULL,
  legislation_id INTEGER NOT NULL, object_id INTEGER NOT NULL, outcome_id INTEGER NOT NULL,
  linked INTEGER, more_than_outer INTEGER
) STRICT;                             -- no index: one module writes it and holds it in memory while it does

CREATE TABLE stop_rows (              -- one row per published stop and search, as ids; read it through the view `stops`
  id INTEGER PRIMARY KEY,             -- those of a month follow each other: stop_months says from where to where
  at INTEGER NOT NULL,                -- seconds since 1970, UTC
  kind_id INTEGER NOT NULL,
  point_id INTEGER NOT NULL,          -- 0: published without a location
  hash INTEGER NOT NULL,              -- 64 bits of the row's content: there is no natural key
  occurrence INTEGER NOT NULL         -- 2, 3, … of rows that are alike in everything
) STRICT;                             -- no foreign keys and no index: a million rows come in by the month, from one module

CREATE TABLE stop_months (            -- every version of every month; the rows of the present one are in stop_rows
  force TEXT NOT NULL,
  month TEXT NOT NULL,
  release_id INTEGER NOT NULL REFERENCES releases(id),
  seen_at TEXT NOT NULL,
  rows INTEGER NOT NULL,
  digest TEXT NOT NULL,               -- of the content, whatever the order and the format
  first_day TEXT NOT NULL DEFAULT '',
  last_day TEXT NOT NULL DEFAULT '',
  added INTEGER NOT NULL,             -- rows that the version before did not have
  removed INTEGER NOT NULL,           -- rows of the version before that are gone
  first_id INTEGER,                   -- of its rows in stop_rows; NULL once it was replaced
  last_id INTEGER,
  PRIMARY KEY (month, force, release_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE stop_counts (            -- rollup kept with stop_rows, so that pages never count
  force TEXT NOT NULL,
  month TEXT NOT NULL,
  area_id INTEGER NOT NULL,           -- 0: published without a location
  outcome_group TEXT NOT NULL,
  object_group TEXT NOT NULL,
  ethnicity_group TEXT NOT NULL,      -- self-defined, 5 + 1
  searches INTEGER NOT NULL,
  PRIMARY KEY (force, month, area_id, outcome_group, object_group, ethnicity_group)
) STRICT, WITHOUT ROWID;
CREATE INDEX stop_counts_area ON stop_counts(area_id, month);

CREATE VIEW stops AS
  SELECT r.id, m.month, strftime('%Y-%m-%dT%H:%M:%SZ', r.at, 'unixepoch') AS at,
    nullif(t.value, '') AS type, nullif(g.value, '') AS gender, nullif(ag.value, '') AS age_range,
    nullif(se.value, '') AS self_ethnicity, se.grp AS self_ethnicity_group, nullif(oe.value, '') AS officer_ethnicity,
    nullif(l.value, '') AS legislation, nullif(ob.value, '') AS object, ob.grp AS object_group,
    nullif(oc.value, '') AS outcome, oc.grp AS outcome_group, k.linked, k.more_than_outer,
    p.latitude / 1e6 AS latitude, p.longitude / 1e6 AS longitude,
    a.place AS place, a.code AS area, m.force AS force,
    printf('%016x', r.hash) AS content_hash, r.occurrence, m.release_id
  FROM stop_months m
  CROSS JOIN stop_rows r ON r.id BETWEEN m.first_id AND m.last_id  -- CROSS: months first, then their rows
  LEFT JOIN stop_kinds k ON k.id = r.kind_id
  LEFT JOIN stop_values t ON t.id = k.type_id
  LEFT JOIN stop_values g ON g.id = k.gender_id
  LEFT JOIN stop_values ag ON ag.id = k.age_range_id
  LEFT JOIN stop_values se ON se.id = k.self_ethnicity_id
  LEFT JOIN stop_values oe ON oe.id = k.officer_ethnicity_id
  LEFT JOIN stop_values l ON l.id = k.legislation_id
  LEFT JOIN stop_values ob ON ob.id = k.object_id
  LEFT JOIN stop_values oc ON oc.id = k.outcome_id
  LEFT JOIN stop_points p ON p.id = r.point_id
  LEFT JOIN areas a ON a.id = p.area_id;

CREATE TABLE scheduled_releases (
  id INTEGER PRIMARY KEY,
  key TEXT NOT NULL UNIQUE,
  title TEXT NOT NULL,
  publisher TEXT NOT NULL,
  url TEXT NOT NULL DEFAULT '',
  due_at TEXT,                        -- NULL: only words are known
  due_until TEXT,                     -- last day, where the publisher names months and no day
  due_text TEXT NOT NULL DEFAULT '',
  previous_due_at TEXT,
  previous_due_text TEXT NOT NULL DEFAULT '',
  state TEXT NOT NULL DEFAULT 'provisional' CHECK (state IN ('provisional','confirmed','published','postponed','cancelled')),
  note TEXT NOT NULL DEFAULT '',
  first_seen_at TEXT NOT NULL,
  changed_at TEXT NOT NULL
) STRICT;
CREATE INDEX scheduled_releases_due ON scheduled_releases(due_at);

-- === rollups the collector keeps, so that pages never count =====================================================
CREATE TABLE table_counts (name TEXT PRIMARY KEY, n INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE about (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID; -- 'demo' = '1' on invented data

-- === views =======================================================================================================
CREATE VIEW source_health AS
  SELECT s.id AS source_id, s.title, s.publisher,
    CASE
      WHEN s.enabled = 0 OR s.removed_at IS NOT NULL THEN 'off'
      WHEN st.last_outcome IS NULL THEN 'never'
      WHEN st.last_outcome = 'ended' THEN 'ended'
      WHEN st.last_outcome IN ('blocked','robots') THEN 'blocked'
      WHEN st.consecutive_failures > 0 THEN 'failing'
      WHEN st.last_outcome = 'empty' THEN 'empty'
      WHEN s.max_silence_minutes IS NOT NULL AND coalesce(st.last_new_at, s.added_at)
           < strftime('%Y-%m-%dT%H:%M:%SZ', 'now', '-' || s.max_silence_minutes || ' minutes') THEN 'silent'
      ELSE 'ok'
    END AS state,
    st.last_success_at, st.last_outcome, st.last_error, coalesce(st.consecutive_failures, 0) AS consecutive_failures,
    st.next_due_at, coalesce(st.items, 0) AS items, st.newest_published_at, st.last_new_at, coalesce(st.gaps, 0) AS gaps
  FROM sources s LEFT JOIN source_state st ON st.source_id = s.id;

CREATE VIEW topic_updates AS
  SELECT ut.topic AS topic, u.id AS id, coalesce(u.published_at, u.first_seen_at) AS published, u.title, u.summary, u.url, u.kind,
         u.source_id, u.status, u.version, u.change_seq, ut.score, ut.origin, ut.evidence
  FROM update_topics ut JOIN updates u ON u.id = ut.update_id;

CREATE VIEW place_updates AS
  SELECT up.place AS place, u.id AS id, coalesce(u.published_at, u.first_seen_at) AS published, u.title, u.summary, u.url, u.kind,
         u.source_id, u.status, u.version, u.change_seq, up.origin, up.evidence
  FROM update_places up JOIN updates u ON u.id = up.update_id;
