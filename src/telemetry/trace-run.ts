import type { RunOutcome, RunRequest } from '../protocol/index.js';
import type { SpanAttributes, SpanKind, Tracer } from './tracer.js';

/** Makes a run a span of its own, within which it is passed on. Without a tracer it is passed on as it came. */
export function traceRun<Outcome extends RunOutcome>(
  tracer: Tracer | undefined,
  about: { name: string; kind: SpanKind; attributes?: SpanAttributes },
  request: RunRequest,
  run: (request: RunRequest) => Promise<Outcome>,
): Promise<Outcome> {
  return tracer ? runInSpan(tracer, about, request, run) : run(request);
}

async function runInSpan<Outcome extends RunOutcome>(
  tracer: Tracer,
  { name, kind, attributes }: { name: string; kind: SpanKind; attributes?: SpanAttributes },
  request: RunRequest,
  run: (request: RunRequest) => Promise<Outcome>,
): Promise<Outcome> {
  const { id, algorithm, attempt = 1, traceparent } = request;
  const span = tracer.start({
    name: `${name} ${algorithm}`,
    kind,
    parent: traceparent,
    attributes: {
      'runyard.algorithm': algorithm,
      'runyard.request.id': id,
      'runyard.attempt': attempt,
      ...attributes,
    },
  });
  try {
    const outcome = await run({ ...request, traceparent: span.traceparent });
    span.set({ 'runyard.duration_ms': outcome.durationMs });
    span.end(outcome.ok ? undefined : outcome.error);
    return outcome;
  } catch (error) {
    span.end({ class: 'failed', code: 'internal', message: String(error) });
    throw error;
  }
}
