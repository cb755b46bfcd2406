import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { closeServer } from './original.js';

/** A span as it came by OTLP, with what the tests look at. */
export interface ReceivedSpan {
  service: string;
  name: string;
  traceId: string;
  spanId: string;
  /** Empty for the first of a trace. */
  parentSpanId: string;
  kind: number;
  attributes: Record<string, unknown>;
  isError: boolean;
}

interface OtlpAttribute {
  key: string;
  value: Record<string, unknown>;
}

interface OtlpBody {
  resourceSpans: {
    resource: { attributes: OtlpAttribute[] };
    scopeSpans: {
      spans: (Omit<ReceivedSpan, 'attributes' | 'service' | 'isError' | 'parentSpanId'> & {
        parentSpanId?: string;
        attributes: OtlpAttribute[];
        status?: { code?: number };
      })[];
    }[];
  }[];
}

/** A collector of traces: takes OTLP over HTTP as JSON, and keeps it. */
export class OtlpReceiver {
  readonly url: string;
  readonly spans: ReceivedSpan[] = [];
  readonly #close: () => Promise<void>;

  private constructor(url: string, close: () => Promise<void>) {
    this.url = url;
    this.#close = close;
  }

  static async open(): Promise<OtlpReceiver> {
    const server = createServer((request, response) => void receiver.#take(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const receiver = new OtlpReceiver(`http://127.0.0.1:${port}`, () => closeServer(server));
    return receiver;
  }

  close(): Promise<void> {
    return this.#close();
  }

  /** Spans of one trace. */
  trace(traceId: string): ReceivedSpan[] {
    return this.spans.filter((span) => span.traceId === traceId);
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    if (request.url !== '/v1/traces') return void response.writeHead(404).end();
    const body = JSON.parse(Buffer.concat(chunks).toString()) as OtlpBody;
    for (const { resource, scopeSpans } of body.resourceSpans) {
      const service = String(readAttributes(resource.attributes)['service.name']);
      for (const { spans } of scopeSpans)
        for (const { attributes, status, parentSpanId = '', ...span } of spans)
          this.spans.push({
            ...span,
            service,
            parentSpanId,
            attributes: readAttributes(attributes),
            isError: status?.code === 2,
          });
    }
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
  }
}

function readAttributes(attributes: readonly OtlpAttribute[]): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
}

/** From the first span of a trace down, in words: `service: name`. Every span has at most one child here. */
export function describeChain(spans: readonly ReceivedSpan[], parentSpanId: string): string[] {
  const chain: string[] = [];
  for (let parent = parentSpanId; ;) {
    const next = spans.find((span) => span.parentSpanId === parent);
    if (!next) return chain;
    chain.push(`${next.service}: ${next.name}`);
    parent = next.spanId;
  }
}
