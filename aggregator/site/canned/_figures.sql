/* _wanted.sql */,
figures AS MATERIALIZED ( -- present figures by area, period and the release they are from; of all categories they are kept added up
  SELECT t.area_id, t.period, t.release_id, t.value
  FROM asked JOIN area_totals t ON t.dataset_id = :dataset AND t.measure = asked.measure
  WHERE :category = '' AND t.area_id IN wanted_area
  UNION ALL
  SELECT o.area_id, o.period, o.release_id, o.value
  FROM asked JOIN observations o ON o.dataset_id = :dataset AND o.measure = asked.measure
  WHERE NOT (:category = '' AND EXISTS (SELECT 1 FROM area_totals WHERE dataset_id = :dataset))
    AND o.area_id IN wanted_area AND o.category_id IN wanted_category
)
