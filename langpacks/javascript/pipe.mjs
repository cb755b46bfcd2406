/**
 * The child that runs a JavaScript or TypeScript project: `node pipe.mjs <module> [description.json]`.
 * It speaks version 2 of the pipe protocol: requests on stdin, answers to what ALGOOUT names, one JSON document a line.
 */
import { loadAdapter } from './pipe/adapter-functions.mjs';
import { Answers } from './pipe/answers.mjs';
import { reviveBinary } from './pipe/decode.mjs';
import { Run } from './pipe/run.mjs';
import { RunConsole } from './pipe/run-console.mjs';

const PROTOCOL = 2;
/**
 * No answer waits for company longer than this while functions block the process, and none waits at all when the next
 * function was slower lately: a process that dies must not take finished work with it.
 */
const MAX_HELD_MS = 0.2;
/** Longest series of runs before stdin is looked at again, for cancels. */
const MAX_TURN_MS = 5;
/** Exit code of a process that ended on SIGTERM, by the shells' custom. */
const TERMINATED = 143;

class Pipe {
  #adapter;
  #answers;
  #console;
  /** Read and not started, oldest first, by id. */
  #waiting = new Map();
  /** Started and not ended, by id: promises and streams. */
  #running = new Map();
  #inputEnded = false;
  #closing = false;

  constructor(adapter, answers) {
    this.#adapter = adapter;
    this.#answers = answers;
    if (adapter.concurrency > 1) this.#console = new RunConsole();
  }

  /** Serves until stdin ends, or SIGTERM comes. */
  listen() {
    let rest = '';
    process.stdin.setEncoding('utf8');
    process.stdin.on('data', (chunk) => {
      const end = chunk.lastIndexOf('\n');
      if (end < 0) return void (rest += chunk);
      const lines = (rest + chunk.slice(0, end)).split('\n');
      rest = chunk.slice(end + 1);
      this.#receive(lines);
    });
    process.stdin.on('end', () => this.#endInput());
    // Without anything to tear down the signal's own effect is better: it works while a function blocks the process.
    if (this.#adapter.teardown) process.on('SIGTERM', () => void this.#close(TERMINATED));
  }

  /** All lines are looked at before any run starts, so that a cancel overtakes the run it came with. */
  #receive(lines) {
    for (const line of lines) if (line !== '') this.#read(line);
    this.#startWaiting();
  }

  #read(line) {
    const message = JSON.parse(line);
    if (line.includes('"$binary"')) reviveBinary(message);
    if (message.cancel !== undefined) this.#cancel(message.cancel);
    else if (message.called !== undefined) this.#answerCall(message);
    else
      this.#waiting.set(
        message.id,
        new Run(message, this.#adapter.algorithms.get(message.algorithm), this.#answers),
      );
  }

  #cancel(id) {
    const waiting = this.#waiting.get(id);
    if (!waiting) return this.#running.get(id)?.cancel();
    this.#waiting.delete(id);
    return waiting.refuse();
  }

  #answerCall(message) {
    const runId = message.called.slice(0, message.called.lastIndexOf('/'));
    this.#running.get(runId)?.answerCall(message);
  }

  #startWaiting = () => {
    const turnEndsAt = performance.now() + MAX_TURN_MS;
    for (const run of this.#waiting.values()) {
      if (this.#running.size >= this.#adapter.concurrency) return;
      if (performance.now() > turnEndsAt) return void setImmediate(this.#startWaiting);
      this.#waiting.delete(run.id);
      this.#start(run);
    }
    if (this.#inputEnded && this.#running.size === 0) void this.#close(0);
  };

  #start(run) {
    const { algorithm } = run;
    const startedAt = performance.now();
    if (!algorithm || algorithm.slowMs > MAX_HELD_MS || this.#answers.heldSince < startedAt - MAX_HELD_MS)
      this.#answers.flush();
    const ending = this.#console ? this.#console.within(run, () => run.start()) : run.start();
    algorithm?.took(performance.now() - startedAt);
    if (ending) this.#follow(run, ending);
  }

  #follow(run, ending) {
    this.#running.set(run.id, run);
    void ending.then(() => {
      this.#running.delete(run.id);
      this.#startWaiting();
    });
  }

  #endInput() {
    this.#inputEnded = true;
    for (const run of this.#running.values()) run.abandonCalls();
    this.#startWaiting();
  }

  async #close(exitCode) {
    if (this.#closing) return;
    this.#closing = true;
    await this.#adapter.teardown?.();
    await this.#answers.end();
    process.exit(exitCode);
  }
}

const [modulePath, descriptionPath] = process.argv.slice(2);
const adapter = await loadAdapter(modulePath, descriptionPath);
const answers = new Answers(process.env.ALGOOUT ?? '/tmp/algoout');
await adapter.setup?.();
new Pipe(adapter, answers).listen();
const names = [...adapter.algorithms.values()].map(({ name, limits }) => ({ name, limits }));
process.stdout.write(
  `PIPE_INIT_COMPLETE ${JSON.stringify({ protocol: PROTOCOL, algorithms: names, concurrency: adapter.concurrency, answers: 'plain' })}\n`,
);
