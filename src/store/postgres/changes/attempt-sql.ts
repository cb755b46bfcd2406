/** SQL of the start of an attempt's JSON, of what a row knows of it; a comma and the rest follow. */
export const OPEN_ATTEMPT = `'{"number":' || tasks.attempt_number || ',"token":"' || tasks.token ||
  '","startedAt":' || tasks.attempt_started_at || ','`;

/** SQL of the ended attempts and one more. @param rest SQL of the JSON that follows `OPEN_ATTEMPT` */
export function closeAttempt(rest: string): string {
  return `coalesce(tasks.attempts || ',', '') || ${OPEN_ATTEMPT} || ${rest}`;
}
