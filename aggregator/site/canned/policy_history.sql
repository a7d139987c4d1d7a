SELECT v.update_id, v.version, v.seen_at, v.declared_at, v.change_note, v.silent, v.has_text, v.title, v.summary, v.sha256,
       v.words_added, v.words_removed, v.status, u.url, u.kind, u.source_id, s.publisher,
       '/updates/' || v.update_id || '/versions/' || v.version AS page,
       CASE WHEN v.has_text AND EXISTS (
         SELECT 1 FROM versions p WHERE p.update_id = v.update_id AND p.version = v.version - 1 AND p.has_text
       ) THEN '/updates/' || v.update_id || '/diff/' || (v.version - 1) || '..' || v.version END AS compare,
       v.update_id || '.' || v.version AS next
FROM updates u JOIN versions v ON v.update_id = u.id JOIN sources s ON s.id = u.source_id
WHERE u.url IN (:url, rtrim(:url, '/')) AND u.url <> ''
  AND (v.update_id, v.version) > (CAST(:after AS INTEGER), CAST(substr(:after, instr(:after, '.') + 1) AS INTEGER))
ORDER BY v.update_id, v.version
LIMIT min(1000, max(1, CAST(coalesce(nullif(:limit, ''), '100') AS INTEGER)))
