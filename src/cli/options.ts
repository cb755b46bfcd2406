import { InvalidArgumentError, Option } from 'commander';

/** Flags that several commands share, each defined once. */
export const flags = {
  json: () => new Option('--json', 'print JSON for programs'),
  url: () =>
    new Option('--url <url>', 'gateway to talk to').env('RUNYARD_URL').default('http://127.0.0.1:8080'),
  key: () => new Option('--key <key>', 'API key').env('RUNYARD_API_KEY'),
  config: () => new Option('--config <file>', 'settings file (default: runyard.yaml, when there)'),
  data: () =>
    new Option('--data <dir>', 'where queue and store live').env('RUNYARD_DATA').default('.runyard'),
  queue: () => new Option('--queue <url>', 'RabbitMQ that tasks wait in, amqp://... (default: in --data)'),
  store: () =>
    new Option('--store <url>', 'PostgreSQL that keeps the records, postgres://... (default: in --data)'),
  host: () => new Option('--host <address>', 'address to listen on'),
  port: () => new Option('--port <port>', 'port to listen on; 0: any').argParser(parsePort),
  discovery: () =>
    new Option(
      '--discovery <url...>',
      'discoveries to register with and read (default http://127.0.0.1:5099)',
    ),
  noKeys: () => new Option('--no-keys', 'listen beyond loopback without API keys'),
};

export function parsePort(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0 || value > 65_535) {
    throw new InvalidArgumentError('expected a port from 0 to 65535.');
  }
  return value;
}

export function parseCount(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0) throw new InvalidArgumentError('expected a whole number.');
  return value;
}

/** `500ms`, `30s`, `5m`, `2h`, or milliseconds. */
export function parseDuration(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)?$/.exec(text.trim());
  const units: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
  if (!match) throw new InvalidArgumentError('expected a time such as 500ms, 30s, 5m or 2h.');
  return Math.round(Number(match[1]) * (units[match[2] ?? 'ms'] ?? 1));
}
