import { RunyardError } from '../errors/index.js';
import { isAlgorithmName, isArguments, type FieldError, type NewTask } from '../protocol/index.js';

const MAX_KEY_LENGTH = 255;
const MAX_ATTEMPTS = 1000;
/** Longest piece of a caller's own value that is repeated in a message. */
const MAX_SHOWN = 60;

/**
 * Checks everything about a new task but its payload's fit and its callback's address.
 * @param takesArguments - the payload can only be an object of arguments
 * @throws RunyardError `malformed_request`
 */
export function assertWellFormed(task: NewTask, takesArguments: boolean): void {
  const errors: FieldError[] = [];
  const check = (
    path: string,
    value: unknown,
    isRight: (value: unknown) => boolean,
    expected: string,
  ): void => {
    if (!isRight(value)) errors.push({ path, message: `expected ${expected}, got ${describeShort(value)}` });
  };
  const checkOptional: typeof check = (path, value, isRight, expected) => {
    if (value !== undefined) check(path, value, isRight, expected);
  };
  check('/algorithm', task.algorithm, isAlgorithmName, 'the name of an algorithm');
  if (takesArguments) check('/payload', task.payload, isArguments, 'an object of arguments by name');
  else check('/payload', task.payload, isSomething, 'a JSON value');
  checkOptional('/priority', task.priority, isIntegerIn(0, 9), 'a whole number from 0 to 9');
  checkOptional('/runAt', task.runAt, isTime, 'a time');
  checkOptional('/deadline', task.deadline, isTime, 'a time');
  checkOptional('/timeoutMs', task.timeoutMs, isIntegerIn(1, 2 ** 31 - 1), 'milliseconds, at least 1');
  checkOptional(
    '/maxAttempts',
    task.maxAttempts,
    isIntegerIn(1, MAX_ATTEMPTS),
    `a whole number from 1 to ${MAX_ATTEMPTS}`,
  );
  checkOptional('/idempotencyKey', task.idempotencyKey, isKey, `a text of 1 to ${MAX_KEY_LENGTH} characters`);
  checkOptional('/callbackUrl', task.callbackUrl, isText, 'an http or https URL');
  if (task.deadline !== undefined && task.runAt !== undefined && task.deadline <= task.runAt) {
    errors.push({
      path: '/deadline',
      message: 'expected a time after runAt: the task could never be started',
    });
  }
  if (errors.length > 0) throw new RunyardError('malformed_request', describeAll(errors), { errors });
}

const isText = (value: unknown): boolean => typeof value === 'string';
const isKey = (value: unknown): boolean =>
  typeof value === 'string' && value.length > 0 && value.length <= MAX_KEY_LENGTH;
const isSomething = (value: unknown): boolean => value !== undefined;
/** Within what a date can hold. */
const isTime = (value: unknown): boolean => typeof value === 'number' && Math.abs(value) <= 8.64e15;
const isIntegerIn =
  (least: number, most: number) =>
  (value: unknown): boolean =>
    Number.isInteger(value) && (value as number) >= least && (value as number) <= most;

function describeShort(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'string') return JSON.stringify(value.slice(0, MAX_SHOWN));
  return typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : `a value of type ${typeof value}`;
}

function describeAll(errors: readonly FieldError[]): string {
  return errors.map(({ path, message }) => `${path.slice(1)}: ${message}`).join('; ');
}
