import type { FastifyInstance } from 'fastify';
import { describeError, RunyardError } from '../errors/index.js';
import { assertDepth, MAX_DEPTH } from '../validation/index.js';

/**
 * Makes JSON the only body there is: a page of another site cannot send it without asking first. Keys that would reach
 * into prototypes, and nesting that would exhaust the stack, are refused before anything looks at the value.
 */
export function acceptJsonOnly(fastify: FastifyInstance): void {
  const parseSafely = fastify.getDefaultJsonParser('error', 'error');
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('application/json', { parseAs: 'string' }, (request, text: string, done) => {
    if (text.trim() === '') {
      done(null, undefined);
      return;
    }
    void parseSafely(request, text, (error, value) => {
      try {
        if (error !== null) throw describeRefusal(text);
        // Too short to be nested too deep: each level takes two characters.
        if (text.length > 2 * MAX_DEPTH) assertDepth(value);
        done(null, value);
      } catch (refusal) {
        done(refusal as Error);
      }
    });
  });
}

function describeRefusal(text: string): RunyardError {
  try {
    JSON.parse(text);
  } catch (error) {
    return new RunyardError('malformed_body', `The body is no valid JSON: ${describeError(error)}`, {
      cause: error,
    });
  }
  return new RunyardError(
    'malformed_body',
    'The body has a key "__proto__" or "constructor.prototype", which is refused. Send it under another name.',
  );
}
