import { Type } from '@sinclair/typebox';
import { ALGORITHM_NAME, type RunnerRegistration } from '../protocol/index.js';
import type { RunyardErrorOptions } from '../errors/index.js';
import { missingFieldDetail, wrongBodyDetail, type FastApiDetail } from '../http/index.js';
import type { OriginalRegistration } from './original-runner.js';

/** Ids of runners that register by `PUT /runners/{id}`. */
export const RUNNER_ID = /^[A-Za-z0-9][\w.-]{0,127}$/;

const MAX_ALGORITHMS = 1_000;
const MAX_CAPACITY = 1_000_000;

const schema = Type.Union([Type.Boolean(), Type.Object({})]);

const descriptor = Type.Object({
  name: Type.String({ pattern: ALGORITHM_NAME.source }),
  description: Type.Optional(Type.String({ maxLength: 100_000 })),
  input: schema,
  output: Type.Optional(schema),
  mode: Type.Unsafe<string>({ type: 'string', enum: ['unary', 'stream', 'batch', 'chat'] }),
  limits: Type.Object({}),
});

/** Body of `PUT /runners/{id}`. Fields it does not know are let through the check and then dropped. */
export const registrationSchema = Type.Object({
  host: Type.String({ minLength: 1, maxLength: 2_048 }),
  algorithms: Type.Array(descriptor, { maxItems: MAX_ALGORITHMS }),
  capacity: Type.Integer({ minimum: 0, maximum: MAX_CAPACITY }),
  capacities: Type.Optional(
    Type.Record(Type.String(), Type.Integer({ minimum: 0, maximum: MAX_CAPACITY }), {
      maxProperties: MAX_ALGORITHMS,
    }),
  ),
  load: Type.Number({ minimum: 0 }),
  draining: Type.Optional(Type.Boolean()),
  version: Type.Optional(Type.String({ maxLength: 200 })),
  labels: Type.Optional(
    Type.Record(Type.String({ maxLength: 200 }), Type.String({ maxLength: 2_000 }), { maxProperties: 100 }),
  ),
});

export const runnerIdParams = Type.Object({ id: Type.String({ pattern: RUNNER_ID.source }) });

/** Only what a registration may say: its sender does not decide its kind, health or times. */
export function pickRegistration(body: RunnerRegistration): RunnerRegistration {
  const { host, algorithms, capacity, capacities, load, draining, version, labels } = body;
  return {
    host,
    algorithms,
    capacity,
    load,
    ...(capacities && { capacities }),
    ...(draining !== undefined && { draining }),
    ...(version !== undefined && { version }),
    ...(labels && { labels }),
  };
}

/** What is wrong with an address where a runner can be reached; undefined when nothing is. */
export function findHostFault(host: string): string | undefined {
  const url = URL.canParse(host) ? new URL(host) : undefined;
  if (!url || (url.protocol !== 'http:' && url.protocol !== 'https:'))
    return `expected an http(s) address such as http://nlp-runner:5001, got '${host.slice(0, 200)}'`;
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '')
    return 'expected a base address without user, password, query or fragment';
  return undefined;
}

type Parsed = { registration: OriginalRegistration } | { fault: string; options: RunyardErrorOptions };

/** Reads the body of the original `POST /algorithms`, with faults as its clients know them. */
export function parseOriginalRegistration(body: unknown): Parsed {
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    return {
      fault: 'expected a JSON object with algorithm and host',
      options: { detail: wrongBodyDetail(body) },
    };
  const fields = body as Record<string, unknown>;
  const detail = ['algorithm', 'host'].flatMap((field) => findFieldFaults(field, fields[field]));
  if (detail.length > 0) {
    const errors = detail.map(({ loc, msg }) => ({ path: `/${loc[1]}`, message: msg }));
    const fault = errors.map(({ path, message }) => `${path} ${message}`).join('; ');
    return { fault, options: { detail, errors } };
  }
  return { registration: { algorithm: fields.algorithm as string, host: fields.host as string } };
}

function findFieldFaults(field: string, value: unknown): FastApiDetail[] {
  if (value === undefined) return [missingFieldDetail(field)];
  if (typeof value !== 'string')
    return [{ loc: ['body', field], msg: 'str type expected', type: 'type_error.str' }];
  const fault = field === 'host' ? findHostFault(value) : findNameFault(value);
  return fault === undefined ? [] : [{ loc: ['body', field], msg: fault, type: 'value_error' }];
}

function findNameFault(name: string): string | undefined {
  if (ALGORITHM_NAME.test(name)) return undefined;
  return `expected a name of letters, digits, '_', '-' and '.', got '${name.slice(0, 200)}'`;
}
