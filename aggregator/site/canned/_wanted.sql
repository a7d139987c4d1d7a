wanted_area AS MATERIALIZED (
  SELECT id FROM areas
  WHERE code = :area OR (place = :area AND kind IN ('borough', 'city'))
    OR (:area = '' AND (SELECT additive_areas FROM datasets WHERE id = :dataset))
),
wanted_category AS MATERIALIZED (
  SELECT id FROM categories
  WHERE dataset_id = :dataset AND (code = :category OR (
    (:category = '' OR substr(code, 1, length(:category) + 1) = :category || '/')
    AND (SELECT additive_categories FROM datasets WHERE id = :dataset)))
)
