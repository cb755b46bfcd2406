import type { FastifyInstance } from 'fastify';

/** Knows which methods a path takes, to tell a wrong method from a wrong path. */
export class RouteMethods {
  readonly #routes: { segments: string[]; methods: string[] }[] = [];

  /** Learns every route that is added after this. */
  constructor(fastify: FastifyInstance) {
    fastify.addHook('onRoute', ({ url, method }) => {
      this.#routes.push({ segments: url.split('/'), methods: [method].flat() });
    });
  }

  /** Sorted; empty when there is nothing at this path. */
  of(path: string): string[] {
    const segments = path.split('/');
    const fitting = this.#routes.filter((route) => isFitting(route.segments, segments));
    return [...new Set(fitting.flatMap(({ methods }) => methods))].sort();
  }
}

function isFitting(pattern: string[], path: string[]): boolean {
  return (
    pattern.length === path.length &&
    pattern.every((part, index) => part === path[index] || (part.startsWith(':') && path[index] !== ''))
  );
}
