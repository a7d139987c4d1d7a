-- The topic itself is walked down its key; topics below it are merged in. Each update once, with its best tag.
WITH page(update_id) AS (
  SELECT update_id FROM (
    SELECT update_id FROM update_topics
    WHERE topic = :topic AND update_id < CAST(coalesce(nullif(:before, ''), '9007199254740992') AS INTEGER)
    ORDER BY update_id DESC LIMIT min(1000, max(1, CAST(coalesce(nullif(:limit, ''), '50') AS INTEGER)))
  )
  UNION
  SELECT update_id FROM (
    SELECT DISTINCT update_id FROM update_topics
    WHERE topic IN (SELECT slug FROM topics WHERE parent = :topic)
      AND update_id < CAST(coalesce(nullif(:before, ''), '9007199254740992') AS INTEGER)
    ORDER BY update_id DESC LIMIT min(1000, max(1, CAST(coalesce(nullif(:limit, ''), '50') AS INTEGER)))
  )
  ORDER BY update_id DESC LIMIT min(1000, max(1, CAST(coalesce(nullif(:limit, ''), '50') AS INTEGER)))
)
SELECT u.id, coalesce(u.published_at, u.first_seen_at) AS published, u.title, u.summary, u.url, u.kind, u.source_id, s.publisher,
       u.status, u.version, u.change_seq, u.cluster_id, t.topic, t.score, t.origin, t.evidence,
       '/updates/' || u.id AS page, u.id AS next
FROM page p
JOIN updates u ON u.id = p.update_id
JOIN sources s ON s.id = u.source_id
JOIN update_topics t ON t.update_id = p.update_id AND t.topic = (
  SELECT x.topic FROM update_topics x
  WHERE x.update_id = p.update_id AND x.topic IN (SELECT slug FROM topics WHERE slug = :topic OR parent = :topic)
  ORDER BY x.topic <> :topic, x.score DESC, x.topic LIMIT 1
)
ORDER BY p.update_id DESC
