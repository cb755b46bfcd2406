import { takesArguments, type Descriptor, type JsonSchema } from '../protocol/index.js';
import type {
  OpenApiComponents,
  OpenApiDocument,
  OpenApiOperation,
  OpenApiPath,
  OpenApiRequestBody,
  OpenApiResponse,
} from './openapi-document.js';
import { SchemaComponents } from './schema-components.js';

export interface BuildOpenApiOptions {
  title: string;
  version: string;
  description?: string;
  /** Each becomes `POST /run/{name}` with its own schemas. */
  algorithms: readonly Descriptor[];
  servers?: { url: string; description?: string }[];
  /** Operations beside the algorithms'; they stand first. */
  paths?: Record<string, OpenApiPath>;
  /** What those operations refer to. */
  components?: OpenApiComponents;
  tags?: { name: string; description?: string }[];
  security?: Record<string, string[]>[];
}

const ALGORITHMS_TAG = 'algorithms';

/** An OpenAPI 3.1 document: one operation per algorithm, with its real schemas. */
export function buildOpenApi(options: BuildOpenApiOptions): OpenApiDocument {
  const schemas = new SchemaComponents();
  const problem = schemas.add('Problem', problemSchema);
  const paths: Record<string, OpenApiPath> = { ...options.paths };
  for (const algorithm of options.algorithms) {
    const path = `/run/${algorithm.name}`;
    paths[path] = { ...paths[path], post: describeRun(algorithm, schemas) };
  }
  const { title, version, description, components } = options;
  return {
    openapi: '3.1.0',
    info: { title, version, ...(description !== undefined && { description }) },
    ...(options.servers && { servers: options.servers }),
    tags: [
      ...(options.tags ?? []),
      { name: ALGORITHMS_TAG, description: 'Run an algorithm and wait for it' },
    ],
    paths,
    components: {
      ...components,
      schemas: { ...components?.schemas, ...schemas.schemas },
      responses: { ...problemResponses(problem), ...components?.responses },
    },
    ...(options.security && { security: options.security }),
  };
}

function describeRun(algorithm: Descriptor, schemas: SchemaComponents): OpenApiOperation {
  const { name, description, mode } = algorithm;
  const result = resultSchema(algorithm, schemas);
  const answer: JsonSchema = {
    type: 'object',
    properties: { result },
    required: ['result'],
  };
  return {
    operationId: `run_${name.replaceAll(/\W/g, '_')}`,
    summary: firstSentence(description) ?? `Run ${name}`,
    ...(description !== undefined && { description }),
    tags: [ALGORITHMS_TAG],
    requestBody: describeBody(algorithm, schemas),
    responses: {
      '200': {
        description: mode === 'stream' ? 'The chunks, as one array or as they come' : 'The result',
        content: {
          'application/json': { schema: answer },
          'text/event-stream': { schema: { type: 'string', description: eventStreamText } },
        },
      },
      ...Object.fromEntries(
        Object.keys(problems).map((status) => [status, { $ref: `#/components/responses/Problem${status}` }]),
      ),
    },
  };
}

function describeBody({ name, input }: Descriptor, schemas: SchemaComponents): OpenApiRequestBody {
  const json = { 'application/json': { schema: schemas.add(`${name}.input`, input) } };
  if (takesArguments(input)) return { description: 'The arguments by name', required: true, content: json };
  const text = { schema: { type: 'string' } };
  const bytes = { schema: { type: 'string', format: 'binary' } };
  const content = { ...json, 'text/plain': text, 'application/octet-stream': bytes };
  return { description: 'The input: JSON of any kind, a text, or bytes', required: true, content };
}

const eventStreamText =
  'With `Accept: text/event-stream`: events `progress`, `log` and `chunk` as they come, then `result` or `error`.';

function resultSchema(algorithm: Descriptor, schemas: SchemaComponents): JsonSchema {
  if (algorithm.output === undefined) return algorithm.mode === 'stream' ? { type: 'array' } : {};
  const output = schemas.add(`${algorithm.name}.output`, algorithm.output);
  return algorithm.mode === 'stream' ? { type: 'array', items: output } : output;
}

function firstSentence(text: string | undefined): string | undefined {
  const sentence = text?.split(/(?<=[.!?])\s|\n/, 1)[0]?.trim();
  return sentence === '' ? undefined : sentence;
}

const problems: Record<string, string> = {
  '400': 'The arguments do not fit the schema, or the algorithm refused them',
  '413': 'The body is too large',
  '422': 'The body is no JSON object',
  '429': 'No room at the moment; try again after `Retry-After`',
  '500': 'The algorithm raised an error, or its process died',
  '503': 'No runner can take it now; try again after `Retry-After`',
  '504': 'The run was over its time limit',
};

function problemResponses(problem: JsonSchema): Record<string, OpenApiResponse> {
  return Object.fromEntries(
    Object.entries(problems).map(([status, description]) => [
      `Problem${status}`,
      { description, content: { 'application/problem+json': { schema: problem } } },
    ]),
  );
}

const problemSchema: JsonSchema = {
  type: 'object',
  description: 'An error (RFC 9457)',
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    code: { type: 'string', description: 'Constant name of the error' },
    detail: { type: ['string', 'array'], description: 'What happened this time', items: {} },
    class: {
      type: 'string',
      enum: ['invalid', 'busy', 'failed', 'crashed', 'timeout', 'cancelled', 'expired'],
    },
    errors: {
      type: 'array',
      description: 'Every wrong place in the input',
      items: {
        type: 'object',
        properties: { path: { type: 'string' }, message: { type: 'string' } },
        required: ['path', 'message'],
      },
    },
    message: { type: 'string', description: 'The message alone, where `detail` holds more' },
    retryAfterMs: { type: 'number', description: 'How long to stay away, in milliseconds' },
    errorType: { type: 'string' },
    stacktrace: { type: 'string' },
  },
  required: ['type', 'title', 'status', 'code', 'detail'],
};
