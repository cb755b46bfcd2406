import type * as OpenTelemetry from '@opentelemetry/api';
import type { Logger } from './logger.js';
import type { SpanAttributes, SpanStart, Tracer, TraceSpan } from './tracer.js';

export interface TracerOptions {
  /** Where spans are sent by OTLP over HTTP, path included. */
  url: string;
  serviceName: string;
  serviceVersion: string;
  logger: Logger;
}

type Api = typeof OpenTelemetry;

/** How long the last spans may take to be sent when the process ends. */
const CLOSE_MS = 5_000;
/** A collector that is away is told of once in this time. */
const COMPLAIN_EVERY_MS = 60_000;

/**
 * Sends spans by OTLP, sampled as OTEL_TRACES_SAMPLER says (all of them by default; a caller's word on its own trace
 * stands). OpenTelemetry is loaded here and nowhere else, so that a process without traces is spared its weight.
 */
export async function openTracer(options: TracerOptions): Promise<Tracer> {
  const [
    api,
    { BasicTracerProvider, BatchSpanProcessor },
    { OTLPTraceExporter },
    { resourceFromAttributes },
  ] = await Promise.all([
    import('@opentelemetry/api'),
    import('@opentelemetry/sdk-trace-base'),
    import('@opentelemetry/exporter-trace-otlp-http'),
    import('@opentelemetry/resources'),
  ]);
  tellProblems(api, options.logger);
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({
      'service.name': options.serviceName,
      'service.version': options.serviceVersion,
      'process.pid': process.pid,
    }),
    spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter({ url: options.url }))],
  });
  return new OpenTelemetryTracer(api, provider.getTracer('runyard', options.serviceVersion), () =>
    provider.shutdown(),
  );
}

/** Its own messages say nothing of what to do; one line now and then does. */
function tellProblems({ diag, DiagLogLevel }: Api, logger: Logger): void {
  let quietUntil = 0;
  const complain = (message: string): void => {
    const now = performance.now();
    if (now < quietUntil) return;
    quietUntil = now + COMPLAIN_EVERY_MS;
    logger.warn(`traces are not taken by the collector: ${message.slice(0, 500)}`);
  };
  const ignore = (): void => undefined;
  const log = { error: complain, warn: ignore, info: ignore, debug: ignore, verbose: ignore };
  diag.setLogger(log, { logLevel: DiagLogLevel.ERROR, suppressOverrideMessage: true });
}

class OpenTelemetryTracer implements Tracer {
  readonly #api: Api;
  readonly #tracer: OpenTelemetry.Tracer;
  readonly #shutdown: () => Promise<void>;

  constructor(api: Api, tracer: OpenTelemetry.Tracer, shutdown: () => Promise<void>) {
    this.#api = api;
    this.#tracer = tracer;
    this.#shutdown = shutdown;
  }

  start({ name, kind, parent, attributes = {} }: SpanStart): TraceSpan {
    const { ROOT_CONTEXT, SpanKind, trace } = this.#api;
    const from = parent === undefined ? undefined : parseTraceparent(parent);
    const context = from ? trace.setSpanContext(ROOT_CONTEXT, from) : ROOT_CONTEXT;
    const kinds = {
      server: SpanKind.SERVER,
      client: SpanKind.CLIENT,
      producer: SpanKind.PRODUCER,
      consumer: SpanKind.CONSUMER,
      internal: SpanKind.INTERNAL,
    };
    return new OpenSpan(this.#api, this.#tracer.startSpan(name, { kind: kinds[kind], attributes }, context));
  }

  async close(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, CLOSE_MS)));
    // What could not be sent has been told of.
    await Promise.race([this.#shutdown().catch(() => undefined), late]);
    clearTimeout(timer);
  }
}

class OpenSpan implements TraceSpan {
  readonly #api: Api;
  readonly #span: OpenTelemetry.Span;

  constructor(api: Api, span: OpenTelemetry.Span) {
    this.#api = api;
    this.#span = span;
  }

  get traceparent(): string {
    const { traceId, spanId, traceFlags } = this.#span.spanContext();
    return `00-${traceId}-${spanId}-${(traceFlags & 1).toString(16).padStart(2, '0')}`;
  }

  set(attributes: SpanAttributes): void {
    this.#span.setAttributes(attributes);
  }

  end(failure?: { class: string; code: string; message: string }): void {
    if (failure) {
      this.#span.setAttributes({ 'error.type': failure.code, 'runyard.failure.class': failure.class });
      this.#span.setStatus({ code: this.#api.SpanStatusCode.ERROR, message: failure.message.slice(0, 1000) });
    }
    this.#span.end();
  }
}

/** Undefined for one that names no trace. */
function parseTraceparent(text: string): OpenTelemetry.SpanContext | undefined {
  const match = /^[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(?:-|$)/.exec(
    text,
  );
  const [, traceId, spanId, flags] = match ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined;
  return { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true };
}
