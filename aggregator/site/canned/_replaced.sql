replaced AS MATERIALIZED (
  SELECT v.period, v.old_release_id, v.new_release_id, sum(v.old_value) AS value
  FROM asked JOIN observation_revisions v ON v.dataset_id = :dataset AND v.measure = asked.measure
  WHERE v.area_id IN wanted_area AND v.category_id IN wanted_category AND v.old_value IS NOT NULL
  GROUP BY v.period, v.old_release_id, v.new_release_id
)
