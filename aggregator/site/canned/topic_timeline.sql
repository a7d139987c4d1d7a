-- One row a month that has anything: what was published under the topic (and those below it), and what was edited.
WITH members AS (
  SELECT DISTINCT update_id, substr(published_at, 1, 7) AS month FROM update_topics
  WHERE topic IN (SELECT slug FROM topics WHERE slug = :topic OR parent = :topic)
),
events AS (
  SELECT m.month, 1 AS updates, u.kind = 'policy' AS policies, u.kind = 'oversight' AS oversight,
         u.kind = 'statistics' AS statistics, 0 AS edits, 0 AS silent_edits
  FROM members m JOIN updates u ON u.id = m.update_id
  UNION ALL
  SELECT substr(v.seen_at, 1, 7), 0, 0, 0, 0, 1, v.silent
  FROM members m JOIN versions v ON v.update_id = m.update_id
  WHERE v.version > 1 AND v.has_text = 1
)
SELECT :topic AS topic, month, sum(updates) AS updates, sum(policies) AS policies, sum(oversight) AS oversight,
       sum(statistics) AS statistics, sum(edits) AS edits, sum(silent_edits) AS silent_edits, month AS next
FROM events
WHERE month > :after
GROUP BY month
ORDER BY month
LIMIT min(1000, max(1, CAST(coalesce(nullif(:limit, ''), '1000') AS INTEGER)))
