SELECT c.seq, c.at, c.type, c.update_id, c.version, u.title, u.url, u.kind, u.source_id, u.status,
       coalesce(u.published_at, u.first_seen_at) AS published, '/updates/' || c.update_id AS page, c.seq AS next
FROM changes c LEFT JOIN updates u ON u.id = c.update_id
WHERE c.seq > CAST(:since AS INTEGER)
ORDER BY c.seq
LIMIT min(1000, max(1, CAST(coalesce(nullif(:limit, ''), '100') AS INTEGER)))
