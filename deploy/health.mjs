// Ends with 0 when the component of this container is well. The address is in RUNYARD_HEALTH_URL.
const url = process.env.RUNYARD_HEALTH_URL ?? 'http://127.0.0.1:8080/health';
try {
  const response = await fetch(url, { signal: AbortSignal.timeout(4_000) });
  if (!response.ok) console.error(`${url}: ${response.status} ${(await response.text()).slice(0, 2_000)}`);
  process.exitCode = response.ok ? 0 : 1;
} catch (error) {
  console.error(`${url}: ${error.cause?.message ?? error.message}`);
  process.exitCode = 1;
}
