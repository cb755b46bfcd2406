/** A JSON Schema (2020-12) while it is made. */
export interface Schema {
  $ref?: string;
  $defs?: Record<string, Schema>;
  type?: string;
  const?: unknown;
  enum?: unknown[];
  anyOf?: Schema[];
  oneOf?: Schema[];
  not?: Schema;
  discriminator?: { propertyName: string };
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: Schema | boolean;
  patternProperties?: Record<string, Schema>;
  items?: Schema | boolean;
  prefixItems?: Schema[];
  minItems?: number;
  maxItems?: number;
  pattern?: string;
  format?: string;
  contentEncoding?: string;
  description?: string;
  default?: unknown;
  /** What the value becomes in the language: `date`, `bigint`, `bytes`, `arraybuffer`. */
  'x-type'?: string;
}

/** JSON Schema for any value at all. */
export const ANYTHING: Schema = {};
