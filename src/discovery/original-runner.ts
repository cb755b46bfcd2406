import { Ajv2020 } from 'ajv/dist/2020.js';
import type { Descriptor, JsonSchema } from '../protocol/index.js';

/** What an original runner says of itself: `POST /algorithms`, once per algorithm. */
export interface OriginalRegistration {
  algorithm: string;
  /** Base address, as the runner wrote it. */
  host: string;
}

/** Arguments are anything while nobody knows better. */
const ANY_ARGUMENTS: JsonSchema = { type: 'object' };

/** Ids of runners without a lease: registered ones cannot contain a colon. */
export function originalRunnerId(host: string): string {
  return `original:${host.replace(/\/+$/, '').toLowerCase()}`;
}

export function describeOriginal(name: string, schema: unknown): Descriptor {
  return { name, input: isUsableSchema(schema) ? schema : ANY_ARGUMENTS, mode: 'unary', limits: {} };
}

/** A schema that cannot be compiled would make the algorithm uncallable: it is left out instead. */
function isUsableSchema(schema: unknown): schema is JsonSchema {
  if (typeof schema !== 'object' || schema === null || Array.isArray(schema)) return false;
  try {
    new Ajv2020({ strict: false, validateFormats: false, logger: false }).compile(schema);
    return true;
  } catch {
    // Not an error of ours: older pydantic writes keywords that 2020-12 no longer has.
    return false;
  }
}
