import { expect, test } from 'vitest';
import { createLocalTransport } from '../../src/dispatch/index.js';
import { createMetrics } from '../../src/telemetry/index.js';
import type { RunnerEntry } from '../../src/protocol/index.js';
import { registration } from '../discovery/registrations.js';
import { ScriptedHost, succeededWith } from '../runner/scripted-host.js';
import { createRequest, succeeded } from './test-yard.js';

const entry = (id: string): RunnerEntry => ({
  ...registration(['echo']),
  id,
  kind: 'lease',
  healthy: true,
  registeredAt: 0,
  renewedAt: 0,
});

test('what can run in this process does, with its hooks, and is counted; the rest is sent on', async () => {
  const host = new ScriptedHost({});
  host.behave = (_request, { onEvent }) => {
    onEvent!({ type: 'progress', progress: 1 });
    return succeededWith('"here"');
  };
  const sent: string[] = [];
  let isClosed = false;
  const metrics = createMetrics();
  const transport = createLocalTransport({
    lookup: (id) => (id === 'here' ? host : undefined),
    fallback: {
      run: async ({ id }) => {
        sent.push(id);
        return succeeded;
      },
      close: async () => {
        isClosed = true;
      },
    },
    metrics,
  });
  const events: unknown[] = [];
  const hooks = { onEvent: (event: unknown) => events.push(event) };
  expect(await transport.run(entry('here'), createRequest('echo'), hooks)).toMatchObject({
    resultJson: '"here"',
  });
  expect(await transport.run(entry('there'), createRequest('echo'), hooks)).toBe(succeeded);
  expect(events).toEqual([{ type: 'progress', progress: 1 }]);
  expect(sent).toEqual(['there']);
  expect((await metrics.runs.get()).values).toMatchObject([
    { value: 1, labels: { algorithm: 'echo', outcome: 'ok' } },
  ]);
  await transport.close();
  expect(isClosed).toBe(true);
});
