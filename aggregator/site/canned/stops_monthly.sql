-- Months that were published, and months known to be missing. A published month without a search in the place is a real
-- zero; a missing one has no numbers.
WITH months(month) AS (
  SELECT month FROM stop_months WHERE force = 'metropolitan'
  UNION
  SELECT period FROM coverage WHERE dataset_id = 'stop-and-search' AND state = 'missing'
),
counted AS (
  SELECT s.month, sum(s.searches) AS searches,
         sum(CASE WHEN s.outcome_group NOT IN ('no-further-action', 'not-recorded') THEN s.searches ELSE 0 END) AS with_outcome,
         sum(CASE WHEN s.outcome_group = 'arrest' THEN s.searches ELSE 0 END) AS arrests
  FROM stop_counts s LEFT JOIN areas a ON a.id = s.area_id
  WHERE s.force = 'metropolitan' AND (:place = '' OR a.place = :place OR a.code = :place)
  GROUP BY s.month
)
SELECT m.month, :place AS place,
       CASE WHEN v.state = 'missing' THEN c.searches ELSE coalesce(c.searches, 0) END AS searches,
       CASE WHEN v.state = 'missing' THEN c.with_outcome ELSE coalesce(c.with_outcome, 0) END AS with_outcome,
       CASE WHEN v.state = 'missing' THEN c.arrests ELSE coalesce(c.arrests, 0) END AS arrests,
       v.state, v.note, m.month AS next
FROM months m
LEFT JOIN counted c ON c.month = m.month
LEFT JOIN coverage v ON v.dataset_id = 'stop-and-search' AND v.period = m.month
WHERE m.month > :after
  AND (:place = '' OR EXISTS (SELECT 1 FROM areas WHERE place = :place OR code = :place))
ORDER BY m.month
LIMIT min(1000, max(1, CAST(coalesce(nullif(:limit, ''), '1000') AS INTEGER)))
