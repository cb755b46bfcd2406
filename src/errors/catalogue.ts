/**
 * What an error does to a task.
 * - `invalid`: the input is wrong; dead at once.
 * - `busy`: nobody is free to take it; another runner or a wait, and no try is burned.
 * - `failed`: the function raised; tried again by policy.
 * - `crashed`: the process died; like `failed`, counted apart, dead after `poisonLimit`.
 * - `timeout`: over its time limit; tried again by policy.
 * - `cancelled`: somebody asked for it; final.
 * - `expired`: it waited too long; dead.
 */
export type FailureClass = 'invalid' | 'busy' | 'failed' | 'crashed' | 'timeout' | 'cancelled' | 'expired';

interface CatalogueEntry {
  /** HTTP status of the problem document. */
  status: number;
  /** Short and constant; the instance's own words go to `detail`. */
  title: string;
  class?: FailureClass;
  /** One sentence for docs/errors.md: when it comes and what to do. */
  help: string;
}

/** Every error Runyard gives, by code. docs/errors.md is generated from it. */
export const catalogue = {
  // The caller's input
  invalid_input: {
    status: 400,
    title: 'The arguments do not fit the schema',
    class: 'invalid',
    help: 'Compare the named fields with the schema in /schemas or /docs.',
  },
  input_refused: {
    status: 400,
    title: 'The algorithm refused its input',
    class: 'invalid',
    help: 'The function raised InvalidInput; its message says why.',
  },
  input_unfetchable: {
    status: 400,
    title: 'The input could not be fetched',
    class: 'invalid',
    help: 'The function could not load what a URL in the input names, and the answer will not change: check the URL.',
  },
  input_unreachable: {
    status: 400,
    title: 'The input could not be fetched now',
    class: 'failed',
    help: 'The place a URL in the input names gave a server error or no answer; a task is tried again.',
  },
  malformed_body: {
    status: 422,
    title: 'The body is no JSON object',
    class: 'invalid',
    help: 'Send a JSON object with Content-Type application/json.',
  },
  malformed_request: {
    status: 400,
    title: 'The request is malformed',
    help: 'A query or body field is wrong; `errors` names it.',
  },
  body_too_large: {
    status: 413,
    title: 'The body is too large',
    class: 'invalid',
    help: 'Send less, or raise `gateway.bodyLimitBytes` or `runner.bodyLimitBytes`.',
  },
  unsupported_media_type: {
    status: 415,
    title: 'The content type is not supported',
    help: 'Send application/json.',
  },
  unknown_algorithm: {
    status: 422,
    title: 'There is no such algorithm here',
    class: 'busy',
    help: 'The runner or yard does not offer it; GET /algorithms lists what there is.',
  },
  // Who may
  unauthorized: {
    status: 401,
    title: 'An API key is needed',
    help: 'Send `Authorization: Bearer <key>`; `runyard key` makes keys.',
  },
  forbidden: {
    status: 403,
    title: 'This is not allowed',
    help: 'The key, address or origin may not do this.',
  },
  not_found: {
    status: 404,
    title: 'There is nothing here',
    help: 'Check the path; /docs lists the operations.',
  },
  task_not_found: {
    status: 404,
    title: 'There is no such task',
    help: 'It was never accepted here, or its retention time is over.',
  },
  task_conflict: {
    status: 409,
    title: 'The task is in another state',
    help: 'Only dead and cancelled tasks can be redriven; only waiting and running ones can be cancelled.',
  },
  idempotency_conflict: {
    status: 409,
    title: 'This idempotency key was used for another task',
    help: 'The same key must come with the same algorithm and payload.',
  },
  method_not_allowed: {
    status: 405,
    title: 'The method is not allowed here',
    help: 'Check the method; /docs lists the operations.',
  },
  // Room and reach
  busy: {
    status: 429,
    title: 'No room at the moment',
    class: 'busy',
    help: 'All processes are taken and the wait queue is full; try again after Retry-After.',
  },
  draining: {
    status: 503,
    title: 'The runner is draining',
    class: 'busy',
    help: 'It finishes its work and goes; another runner takes new work.',
  },
  no_runner: {
    status: 503,
    title: 'No runner offers this now',
    class: 'busy',
    help: 'Start a runner for the algorithm, or wait: queued tasks stay queued.',
  },
  runner_unreachable: {
    status: 503,
    title: 'The runner does not answer',
    class: 'busy',
    help: 'The connection was refused or reset before the work began.',
  },
  gateway_unreachable: {
    status: 503,
    title: 'The gateway does not answer',
    help: 'Nothing that speaks Runyard answers at the named address: start it with `runyard up`, or name another address.',
  },
  crash_loop: {
    status: 503,
    title: 'The processes keep dying',
    class: 'busy',
    help: 'The project dies at start or in a row; see its log and /health. It is tried again with growing waits.',
  },
  queue_unavailable: {
    status: 503,
    title: 'The queue does not take work now',
    class: 'busy',
    help: 'Nothing was accepted; try again after Retry-After.',
  },
  store_unavailable: {
    status: 503,
    title: 'The records of tasks cannot be reached now',
    class: 'busy',
    help: 'The database is down, full, read-only or too slow; the message says which. Try again after Retry-After.',
  },
  too_deep: {
    status: 508,
    title: 'Algorithms call each other too deep',
    class: 'invalid',
    help: 'A chain of ctx.call is longer than `limits.callDepth`; look for a loop.',
  },
  // The run itself
  algorithm_error: {
    status: 500,
    title: 'The algorithm raised an error',
    class: 'failed',
    help: 'The function raised; type, message and stack are its own.',
  },
  invalid_output: {
    status: 500,
    title: 'The result cannot be sent',
    class: 'failed',
    help: 'The function returned something JSON cannot hold, or a batch with another number of results than inputs.',
  },
  process_died: {
    status: 500,
    title: 'The process died',
    class: 'crashed',
    help: 'The child exited or was killed while it worked, for instance for want of memory.',
  },
  process_stopped: {
    status: 500,
    title: 'The process was ended because of another run',
    class: 'crashed',
    help: 'Another run in the same process was to stop and did not, so the process was ended; the task is tried again.',
  },
  protocol_error: {
    status: 500,
    title: 'The process broke the pipe protocol',
    class: 'crashed',
    help: 'The child wrote an answer that is no JSON document, or one over the limit; it was replaced.',
  },
  connection_lost: {
    status: 502,
    title: 'The connection to the runner broke during the run',
    class: 'crashed',
    help: 'The runner vanished while it worked; the task is tried again.',
  },
  attempt_lost: {
    status: 500,
    title: 'The controller vanished during the attempt',
    class: 'crashed',
    help: 'The attempt was not settled before its lease ran out; the task is tried again.',
  },
  timeout: {
    status: 504,
    title: 'The run was over its time limit',
    class: 'timeout',
    help: 'Raise `timeoutMs` for the algorithm or the task, or make it faster.',
  },
  cancelled: {
    status: 499,
    title: 'The run was cancelled',
    class: 'cancelled',
    help: 'A client cancelled it or went away.',
  },
  expired: {
    status: 504,
    title: 'The task waited too long',
    class: 'expired',
    help: 'It was not started before its deadline, or nobody offered the algorithm for `controller.unroutableAfterMs`.',
  },
  poison: {
    status: 500,
    title: 'The task kills its process',
    class: 'crashed',
    help: 'It crashed its process as often as `controller.poisonLimit` says, and is not tried again unless redriven.',
  },
  // Projects
  project_unsupported: {
    status: 500,
    title: 'The folder is no project',
    help: 'It has no runner_adapter file in a language Runyard knows.',
  },
  project_invalid: {
    status: 500,
    title: 'The project cannot be described',
    help: 'A type, name or setting cannot be expressed; the message names file, function and argument.',
  },
  project_setup_failed: {
    status: 500,
    title: 'The project could not be set up',
    help: 'Installing its dependencies or starting its process failed; the message holds the output.',
  },
  interpreter_missing: {
    status: 500,
    title: 'The language is not installed',
    help: 'Install the named interpreter, or name it in the project settings.',
  },
  sandbox_unavailable: {
    status: 500,
    title: 'The machine cannot give the sandbox',
    help: 'What sandbox.level or its bounds ask for is not to be had here; the message says what is missing and what to do.',
  },
  langpack_invalid: {
    status: 500,
    title: 'The langpack is wrong',
    help: 'Its langpack.json cannot be read, or what it describes a project by gave a wrong answer; the message says which.',
  },
  ready_timeout: {
    status: 500,
    title: 'The process was not ready in time',
    help: 'setup() took longer than `pool.readyTimeoutMs`.',
  },
  // Set-up and commands
  invalid_config: {
    status: 500,
    title: 'A setting is wrong',
    help: 'The message names the setting, where it came from, what was expected and what came.',
  },
  port_in_use: {
    status: 500,
    title: 'The port is taken',
    help: 'Another program listens there; choose another with --port.',
  },
  keys_required: {
    status: 500,
    title: 'API keys are needed on this address',
    help: 'Listening beyond loopback without keys is refused; make a key with `runyard key`, or pass --no-keys.',
  },
  queue_mismatch: {
    status: 500,
    title: 'The broker holds a queue declared otherwise',
    help: 'The message names the queue, the argument that differs, and the command that removes it.',
  },
  data_unusable: {
    status: 500,
    title: 'The data directory cannot be used',
    help: 'It cannot be written, or was made by a newer version.',
  },
  callback_refused: {
    status: 400,
    title: 'The callback URL is refused',
    class: 'invalid',
    help: 'It is no http(s) URL, or points to a private address and `callbacks.allowPrivate` is off.',
  },
  internal: {
    status: 500,
    title: 'Something went wrong inside',
    class: 'failed',
    help: 'A defect: please report it with the log.',
  },
} as const satisfies Record<string, CatalogueEntry>;

export type ErrorCode = keyof typeof catalogue;

/** The catalogue's entry for a code, with optional fields readable. */
export function getCatalogueEntry(code: ErrorCode): CatalogueEntry {
  return catalogue[code];
}

/** True when a word from outside is a code of this catalogue. */
export function isErrorCode(word: unknown): word is ErrorCode {
  return typeof word === 'string' && Object.hasOwn(catalogue, word);
}

export const FAILURE_CLASSES: readonly FailureClass[] = [
  'invalid',
  'busy',
  'failed',
  'crashed',
  'timeout',
  'cancelled',
  'expired',
];
