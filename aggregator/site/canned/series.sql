-- Area '' is the sum of all areas, category '' or 'burglary' the sum of all classes or of those below it; each sum is formed
-- only where the data set allows it. A period without a row is zero where it is covered; where it is missing it has no value.
WITH asked(measure) AS (
  SELECT coalesce(nullif(:measure, ''), (SELECT min(measure) FROM observations WHERE dataset_id = :dataset))
),
/* _figures.sql */,
known AS MATERIALIZED (
  SELECT f.period, sum(f.value) AS value, max(r.released_at) AS released_at
  FROM figures f JOIN releases r ON r.id = f.release_id
  GROUP BY f.period
),
periods AS (
  SELECT period FROM known
  UNION
  SELECT period FROM coverage
  WHERE dataset_id = :dataset AND period > (SELECT min(period) FROM known)
    AND (period < (SELECT max(period) FROM known) OR state = 'missing')
)
SELECT :dataset AS dataset, asked.measure, :area AS area, :category AS category, p.period,
       CASE WHEN k.value IS NULL AND v.state <> 'missing' THEN 0.0 ELSE k.value END AS value,
       v.state, v.note, k.released_at, p.period AS next
FROM periods p
JOIN asked
LEFT JOIN known k ON k.period = p.period
LEFT JOIN coverage v ON v.dataset_id = :dataset AND v.period = p.period
WHERE p.period > :after
ORDER BY p.period
LIMIT min(1000, max(1, CAST(coalesce(nullif(:limit, ''), '1000') AS INTEGER)))
