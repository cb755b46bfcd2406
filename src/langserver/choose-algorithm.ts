import type { Descriptor } from '../protocol/index.js';
import { BadInput } from './read-input.js';

/**
 * Which of a project's algorithms a request is for. A classic project has one, under two names, whatever the path. Of a
 * typed project with several the path's last part says it, alone or behind `/v1/algo/<user>/`.
 * @throws BadInput naming the algorithms when the path names none of several
 */
export function chooseAlgorithm(algorithms: readonly Descriptor[], isClassic: boolean, path: string): string {
  const [first] = algorithms;
  if (first && (isClassic || algorithms.length === 1)) return first.name;
  const last = path
    .split('/')
    .filter((part) => part !== '')
    .at(-1);
  const named = algorithms.find(({ name }) => name === last);
  if (named) return named.name;
  const names = algorithms.map(({ name }) => `/${name}`).join(', ');
  throw new BadInput(`bad request: expected one of the paths ${names || '(the project has no algorithm)'}`);
}
