SELECT u.id, coalesce(u.published_at, u.first_seen_at) AS published, u.title, u.summary, u.url, u.kind, u.source_id, s.publisher,
       u.status, u.version, u.change_seq, u.cluster_id, t.place, t.origin, t.evidence,
       '/updates/' || u.id AS page, u.id AS next
FROM update_places t
JOIN updates u ON u.id = t.update_id
JOIN sources s ON s.id = u.source_id
WHERE t.place = :place AND t.update_id < CAST(coalesce(nullif(:before, ''), '9007199254740992') AS INTEGER)
ORDER BY t.update_id DESC
LIMIT min(1000, max(1, CAST(coalesce(nullif(:limit, ''), '50') AS INTEGER)))
