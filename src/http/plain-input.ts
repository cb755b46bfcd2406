import type { FastifyInstance } from 'fastify';
import { isArguments, takesArguments, type JsonSchema, type RunRequest } from '../protocol/index.js';

/** A body that is no JSON: a text, or bytes as `{"$binary": base64}`. */
export class PlainInput {
  readonly contentType: 'text' | 'json';
  readonly args: unknown;

  constructor(contentType: 'text' | 'json', args: unknown) {
    this.contentType = contentType;
    this.args = args;
  }
}

/** Lets the routes of a server (or of a part of it) have bodies of text and bytes, for algorithms that take any value. */
export function acceptPlainInput(fastify: FastifyInstance): void {
  fastify.addContentTypeParser('text/plain', { parseAs: 'string' }, (_request, text: string, done) => {
    done(null, new PlainInput('text', text));
  });
  fastify.addContentTypeParser(
    'application/octet-stream',
    { parseAs: 'buffer' },
    (request, bytes: Buffer, done) => {
      const isEncoded = request.headers['content-encoding']?.toLowerCase() === 'base64';
      const base64 = isEncoded ? bytes.toString('latin1').replace(/\s+/g, '') : bytes.toString('base64');
      done(null, new PlainInput('json', { $binary: base64 }));
    },
  );
}

/** What a body holds for an algorithm with this schema; undefined when it must be an object of arguments and is none. */
export function readRunInput(
  input: JsonSchema,
  body: unknown,
): Pick<RunRequest, 'args' | 'contentType'> | undefined {
  if (takesArguments(input))
    return isArguments(body) && !(body instanceof PlainInput) ? { args: body } : undefined;
  if (body instanceof PlainInput) return { args: body.args, contentType: body.contentType };
  return body === undefined ? undefined : { args: body };
}
