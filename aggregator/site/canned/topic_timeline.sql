-- One row a month that has anything: what was published under the topic (and those below it), and what was edited.
WITH wanted(slug) AS MATERIALIZED (
  SELECT slug FROM topics WHERE slug = :topic OR parent = :topic
),
events(month, updates, policies, oversight, statistics, edits, silent_edits) AS (
  SELECT substr(published_at, 1, 7), count(DISTINCT update_id), 0, 0, 0, 0, 0
  FROM update_topics WHERE topic IN wanted GROUP BY 1
  UNION ALL
  SELECT substr(coalesce(u.published_at, u.first_seen_at), 1, 7), 0,
         sum(u.kind = 'policy'), sum(u.kind = 'oversight'), sum(u.kind = 'statistics'), 0, 0
  FROM updates u
  WHERE u.kind IN ('policy', 'oversight', 'statistics')
    AND EXISTS (SELECT 1 FROM update_topics x WHERE x.update_id = u.id AND x.topic IN wanted)
  GROUP BY 1
  UNION ALL
  SELECT substr(v.seen_at, 1, 7), 0, 0, 0, 0, count(*), sum(v.silent)
  FROM versions v
  WHERE v.version > 1 AND v.has_text = 1
    AND EXISTS (SELECT 1 FROM update_topics x WHERE x.update_id = v.update_id AND x.topic IN wanted)
  GROUP BY 1
)
SELECT :topic AS topic, month, sum(updates) AS updates, sum(policies) AS policies, sum(oversight) AS oversight,
       sum(statistics) AS statistics, sum(edits) AS edits, sum(silent_edits) AS silent_edits, month AS next
FROM events
WHERE month > :after
GROUP BY month
ORDER BY month
LIMIT min(1000, max(1, CAST(coalesce(nullif(:limit, ''), '1000') AS INTEGER)))
