import { createRunner, type Runner, type RunnerOptions } from '../../src/runner/index.js';
import { releaseLater } from '../release.js';
import { ScriptedHost } from './scripted-host.js';

export async function openRunner(
  host: RunnerOptions['host'] = new ScriptedHost({}),
  options: Partial<RunnerOptions> = {},
): Promise<Runner> {
  const runner = await createRunner({
    name: 'test',
    host,
    listen: { host: '127.0.0.1', port: 0 },
    discoveries: [],
    version: '1.2.3',
    ...options,
  });
  return releaseLater(runner);
}

export interface Answer {
  status: number;
  text: string;
  headers: Headers;
  json: () => Record<string, unknown>;
}

/** Posts a run. A string is sent as it is. */
export async function post(
  url: string,
  body: unknown,
  headers: Record<string, string> = { 'content-type': 'application/json' },
): Promise<Answer> {
  const response = await fetch(url, {
    method: 'POST',
    headers,
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return {
    status: response.status,
    text,
    headers: response.headers,
    json: () => JSON.parse(text) as Record<string, unknown>,
  };
}
