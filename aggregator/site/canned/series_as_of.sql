-- The series as it stood at the end of a day, a month or a year: each cell has the value whose release was out by then and
-- was not yet replaced. Sums as in the query `series`. A period without a row was not published then, or was zero.
WITH asked(measure, as_of) AS (
  SELECT coalesce(nullif(:measure, ''), (SELECT min(measure) FROM observations WHERE dataset_id = :dataset)),
         coalesce(nullif(:as_of, ''), '9999')
),
/* _figures.sql */,
/* _replaced.sql */,
cells AS (
  SELECT f.period, f.value, r.released_at
  FROM asked JOIN figures f JOIN releases r ON r.id = f.release_id
  WHERE substr(r.released_at, 1, length(asked.as_of)) <= asked.as_of
  UNION ALL
  SELECT v.period, v.value, p.released_at
  FROM asked JOIN replaced v
  JOIN releases n ON n.id = v.new_release_id
  JOIN releases p ON p.id = v.old_release_id
  WHERE substr(p.released_at, 1, length(asked.as_of)) <= asked.as_of
    AND substr(n.released_at, 1, length(asked.as_of)) > asked.as_of
)
SELECT :dataset AS dataset, asked.measure, :area AS area, :category AS category, c.period, sum(c.value) AS value,
       max(c.released_at) AS released_at, asked.as_of, c.period AS next
FROM cells c JOIN asked
WHERE c.period > :after
GROUP BY c.period
ORDER BY c.period
LIMIT min(1000, max(1, CAST(coalesce(nullif(:limit, ''), '1000') AS INTEGER)))
