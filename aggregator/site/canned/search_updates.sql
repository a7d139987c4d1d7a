-- met_match and its fellows take apart what a person typed; they accept any text. One of the two arms is always empty:
-- the first looks for words, the second lists where there are only filters.
WITH found(id, snippet) AS (
  SELECT id, snippet FROM (
    SELECT f.rowid AS id, snippet(updates_fts, -1, '[', ']', '…', 24) AS snippet
    FROM updates_fts f
    WHERE updates_fts MATCH met_match(:q)
      AND f.rowid >= met_from(:q)
      AND f.rowid < min(met_to(:q), CAST(coalesce(nullif(:before, ''), '9007199254740992') AS INTEGER))
      AND (met_filter(:q, 'kind') = '[]' OR EXISTS (
        SELECT 1 FROM updates x WHERE x.id = f.rowid AND x.kind IN (SELECT value FROM json_each(met_filter(:q, 'kind')))))
      AND (met_filter(:q, 'source') = '[]' OR EXISTS (
        SELECT 1 FROM updates x WHERE x.id = f.rowid AND x.source_id IN (SELECT value FROM json_each(met_filter(:q, 'source')))))
      AND (met_filter(:q, 'topic') = '[]' OR EXISTS (
        SELECT 1 FROM update_topics x JOIN topics t ON t.slug = x.topic, json_each(met_filter(:q, 'topic')) j
        WHERE x.update_id = f.rowid AND j.value IN (t.slug, t.parent)))
      AND (met_filter(:q, 'place') = '[]' OR EXISTS (
        SELECT 1 FROM update_places x WHERE x.update_id = f.rowid
          AND x.place IN (SELECT value FROM json_each(met_filter(:q, 'place')))))
      AND NOT EXISTS (SELECT 1 FROM updates x WHERE x.id = f.rowid AND (
        x.kind IN (SELECT value FROM json_each(met_filter(:q, '-kind')))
        OR x.source_id IN (SELECT value FROM json_each(met_filter(:q, '-source')))))
      AND NOT EXISTS (
        SELECT 1 FROM json_each(met_filter(:q, '-topic')) j, update_topics x JOIN topics t ON t.slug = x.topic
        WHERE x.update_id = f.rowid AND j.value IN (t.slug, t.parent))
      AND NOT EXISTS (
        SELECT 1 FROM update_places x WHERE x.update_id = f.rowid
          AND x.place IN (SELECT value FROM json_each(met_filter(:q, '-place'))))
    ORDER BY f.rowid DESC
    LIMIT min(1000, max(1, CAST(coalesce(nullif(:limit, ''), '50') AS INTEGER)))
  )
  UNION ALL
  SELECT id, snippet FROM (
    SELECT u.id AS id, u.summary AS snippet
    FROM updates u
    WHERE met_match(:q) = '""'
      AND u.id >= met_from(:q)
      AND u.id < min(met_to(:q), CAST(coalesce(nullif(:before, ''), '9007199254740992') AS INTEGER))
      AND u.id NOT IN (SELECT rowid FROM updates_fts WHERE updates_fts MATCH met_without(:q))
      AND (met_filter(:q, 'kind') = '[]' OR u.kind IN (SELECT value FROM json_each(met_filter(:q, 'kind'))))
      AND (met_filter(:q, 'source') = '[]' OR u.source_id IN (SELECT value FROM json_each(met_filter(:q, 'source'))))
      AND (met_filter(:q, 'topic') = '[]' OR EXISTS (
        SELECT 1 FROM update_topics x JOIN topics t ON t.slug = x.topic, json_each(met_filter(:q, 'topic')) j
        WHERE x.update_id = u.id AND j.value IN (t.slug, t.parent)))
      AND (met_filter(:q, 'place') = '[]' OR EXISTS (
        SELECT 1 FROM update_places x WHERE x.update_id = u.id
          AND x.place IN (SELECT value FROM json_each(met_filter(:q, 'place')))))
      AND u.kind NOT IN (SELECT value FROM json_each(met_filter(:q, '-kind')))
      AND u.source_id NOT IN (SELECT value FROM json_each(met_filter(:q, '-source')))
      AND NOT EXISTS (
        SELECT 1 FROM json_each(met_filter(:q, '-topic')) j, update_topics x JOIN topics t ON t.slug = x.topic
        WHERE x.update_id = u.id AND j.value IN (t.slug, t.parent))
      AND NOT EXISTS (
        SELECT 1 FROM update_places x WHERE x.update_id = u.id
          AND x.place IN (SELECT value FROM json_each(met_filter(:q, '-place'))))
    ORDER BY u.id DESC
    LIMIT min(1000, max(1, CAST(coalesce(nullif(:limit, ''), '50') AS INTEGER)))
  )
)
SELECT u.id, coalesce(u.published_at, u.first_seen_at) AS published, u.title, found.snippet, u.url, u.kind, u.source_id, s.publisher,
       u.status, u.version, u.change_seq, u.cluster_id, '/updates/' || u.id AS page, u.id AS next
FROM found JOIN updates u ON u.id = found.id JOIN sources s ON s.id = u.source_id
ORDER BY u.id DESC
