import type pg from 'pg';

const AT_ONCE = 100_000;

/**
 * Tasks as a yard in use has them: 20 algorithms of unlike use, ten owners of half of them; of a thousand 965 succeeded,
 * 25 are dead, 4 cancelled, 5 waiting and one running.
 */
const FILL = `
  INSERT INTO tasks (id, algorithm, state, priority, created_at, updated_at, started_at, ended_at, deadline, attempt_number,
    attempt_count, owner, error_class, error, options, payload, attempts, result)
  SELECT 'task ' || n, 'algorithm_' || floor(20 * power(random(), 2)), state, 4, n, n + 20,
    CASE WHEN state > 0 THEN n + 10 END, CASE WHEN state > 1 THEN n + 20 END,
    CASE WHEN state = 0 AND n % 10 = 0 THEN n + 1000000 END, 1, 1,
    CASE WHEN n % 2 = 0 THEN 'owner_' || n / 2 % 10 END,
    error_class, '{"class":"' || error_class || '","code":"algorithm_error","message":"it failed"}',
    CASE WHEN n % 2 = 0 THEN '{"owner":"owner_' || n / 2 % 10 || '"}' END,
    '{"image_url":"https://example.com/meme-' || n || '.png"}',
    CASE WHEN state > 1 THEN '{"number":1,"token":"' || md5(n::text) || '","startedAt":1,"endedAt":2}' END,
    CASE WHEN state = 2 THEN '{"text":"one does not simply"}' END
  FROM (
    SELECT n, state, CASE WHEN state = 3 THEN (ARRAY['failed', 'timeout', 'crashed'])[1 + n % 3]
      WHEN state = 4 THEN 'cancelled' END AS error_class
    FROM (
      SELECT n, CASE WHEN r < 0.965 THEN 2 WHEN r < 0.99 THEN 3 WHEN r < 0.994 THEN 4 WHEN r < 0.999 THEN 0 ELSE 1 END AS state
      FROM (SELECT n, random() AS r FROM generate_series($1::bigint, $2::bigint) AS n) AS drawn
    ) AS stated
  ) AS classed`;

const COUNT = `
  INSERT INTO task_counts (slot, algorithm, state, count)
  SELECT 99, algorithm, state, count(*) FROM tasks WHERE seq > $1 GROUP BY algorithm, state
  ON CONFLICT (slot, algorithm, state) DO UPDATE SET count = task_counts.count + excluded.count`;

/** Puts tasks straight into the tables, from one number to another. */
export async function fillTasks(
  client: pg.Client,
  from: number,
  to: number,
  say: (line: string) => void,
): Promise<void> {
  await client.query('SET synchronous_commit = off');
  const last = await client.query<{ seq: string }>('SELECT coalesce(max(seq), 0) AS seq FROM tasks');
  for (let start = from; start < to; start += AT_ONCE) {
    await client.query(FILL, [start + 1, Math.min(to, start + AT_ONCE)]);
    if (start % 1_000_000 === 0) say(`filled ${start.toLocaleString('en')} of ${to.toLocaleString('en')}`);
  }
  await client.query(COUNT, [last.rows[0]?.seq ?? 0]);
  await client.query('VACUUM ANALYZE tasks');
}
