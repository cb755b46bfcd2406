import { Cancelled, describeThrown, reviveError } from './errors.mjs';
import { encode, InvalidOutput } from './encode.mjs';

/** Characters of log one run may send; the parent keeps far fewer. */
const MAX_LOG_CHARACTERS = 4 * 1024 * 1024;
/** Longest a generator that never waits for anything may keep the event loop, in milliseconds. */
const MAX_TURN_MS = 2;

/** One request from the moment it is read to its answer. It is the `ctx` of the function as well. */
export class Run {
  id;
  algorithm;
  cancelled = false;
  /** Answered: whatever the function still has to say has nobody to hear it. */
  ended = false;
  #message;
  #answers;
  #idJson;
  /** Made when the function first asks for it. */
  #abort;
  #iterator;
  #calls = new Map();
  #callCount = 0;
  #logRoom = MAX_LOG_CHARACTERS;

  constructor(message, algorithm, answers) {
    this.id = message.id;
    this.algorithm = algorithm;
    this.#message = message;
    this.#answers = answers;
    this.#idJson = JSON.stringify(message.id);
  }

  /** Calls the function. A promise, which never rejects, comes back when the end is not there yet. */
  start() {
    try {
      if (!this.algorithm)
        throw new Error(`There is no algorithm named ${this.#message.algorithm} in this process`);
      const { args, batch } = this.#message;
      const context = this.algorithm.context ? this.#context() : undefined;
      const value = batch
        ? this.algorithm.invokeBatch(batch, context)
        : this.algorithm.invoke(args ?? {}, context);
      if (typeof value?.then === 'function') return this.#finishLater(value);
      if (this.algorithm.mode === 'stream' && isIterator(value)) return this.#finishStream(value);
      this.#finish(value);
    } catch (error) {
      this.fail(error);
    }
    return undefined;
  }

  async #finishLater(promise) {
    try {
      const value = await promise;
      if (this.algorithm.mode === 'stream' && isIterator(value)) await this.#finishStream(value);
      else this.#finish(value);
    } catch (error) {
      this.fail(error);
    }
  }

  async #finishStream(iterable) {
    this.#iterator = Symbol.asyncIterator in iterable ? iterable[Symbol.asyncIterator]() : iterable;
    try {
      await this.#sendChunks(this.#iterator === iterable && !(Symbol.asyncIterator in iterable));
      this.#finish(null);
    } catch (error) {
      await this.#closeIterator();
      this.fail(error);
    }
  }

  /** One after the other, no faster than the parent reads, and never so long that cancels go unread. */
  async #sendChunks(blocks) {
    for (let turnedAt = performance.now(); ;) {
      if (this.cancelled) throw new Cancelled();
      const { done, value } = await this.#iterator.next();
      if (done || this.cancelled) return;
      this.#send(`"chunk":${this.#encode(value)}`);
      await this.#answers.whenRoom();
      if (!blocks && performance.now() - turnedAt < MAX_TURN_MS) continue;
      await new Promise(setImmediate);
      turnedAt = performance.now();
    }
  }

  async #closeIterator() {
    try {
      await this.#iterator?.return?.();
    } catch {
      // The run has failed or is cancelled already; what its clean-up raises has nobody left to tell.
    }
  }

  #finish(value) {
    if (this.cancelled) this.fail(new Cancelled());
    else if (this.#message.batch) this.#end(`"results":${this.#encodeBatch(value)}`);
    else this.#end(`"result":${this.#encode(value)}`);
  }

  fail(error) {
    const described = describeThrown(this.cancelled ? new Cancelled() : error);
    this.#end(`"error":${JSON.stringify(described)}`);
  }

  /** Cancels a run that has not begun. */
  refuse() {
    this.cancelled = true;
    this.fail(new Cancelled());
  }

  /** Asks the function to stop; the answer comes when it has. */
  cancel() {
    if (this.cancelled) return;
    this.cancelled = true;
    const reason = new Cancelled();
    this.#abort?.abort(reason);
    for (const { reject } of this.#calls.values()) reject(reason);
    this.#calls.clear();
    void this.#closeIterator();
  }

  #encode(value) {
    return encode(value, this.algorithm);
  }

  #encodeBatch(results) {
    const expected = this.#message.batch.length;
    if (!Array.isArray(results))
      throw new InvalidOutput(
        `batch_${this.algorithm.name} must return a list with one result for each of its ${expected} items`,
      );
    if (results.length !== expected)
      throw new InvalidOutput(
        `batch_${this.algorithm.name} returned ${results.length} results for ${expected} items; it must return one for each, or an Error in its place`,
      );
    return `[${results.map((one) => this.#encodeItem(one)).join(',')}]`;
  }

  #encodeItem(value) {
    try {
      if (value instanceof Error) throw value;
      return `{"result":${this.#encode(value)}}`;
    } catch (error) {
      return `{"error":${JSON.stringify(describeThrown(error))}}`;
    }
  }

  /** Text printed while this run was the one that printed. */
  logText(text) {
    if (this.#logRoom <= 0) return;
    this.#logRoom -= text.length;
    const lines = text.endsWith('\n') ? text.slice(0, -1) : text;
    for (const line of lines.split('\n')) this.#send(`"log":${JSON.stringify(line)}`);
    if (this.#logRoom <= 0) this.#send('"log":"(the log of this run is full; further lines are dropped)"');
    this.#answers.flush();
  }

  #progress(fraction, message) {
    if (!Number.isFinite(fraction))
      throw new TypeError(`ctx.progress() takes a number from 0 to 1, but got ${String(fraction)}`);
    this.#send(
      `"progress":${fraction}${message === undefined ? '' : `,"message":${JSON.stringify(String(message))}`}`,
    );
    this.#answers.flush();
  }

  #call(algorithm, args = {}) {
    const answer = new Promise((resolve, reject) => {
      if (this.cancelled) throw new Cancelled();
      const call = `${this.id}/${(this.#callCount += 1)}`;
      this.#send(
        `"call":${JSON.stringify(call)},"algorithm":${JSON.stringify(algorithm)},"args":${encode(args)}`,
      );
      this.#calls.set(call, { resolve, reject });
    });
    // A function that asks and does not wait must not end the process when the answer is an error.
    answer.catch(() => {});
    return answer;
  }

  /** @returns {boolean} whether the question was this run's */
  answerCall({ called, result, error }) {
    const waiting = this.#calls.get(called);
    if (!waiting) return false;
    this.#calls.delete(called);
    if (error) waiting.reject(reviveError(error));
    else waiting.resolve(result);
    return true;
  }

  /** The parent has gone: nobody will answer. */
  abandonCalls() {
    for (const { reject } of this.#calls.values())
      reject(new Error('The yard is gone; it cannot run another algorithm now'));
    this.#calls.clear();
  }

  #context() {
    const signal = () => this.#signal();
    return {
      progress: (fraction, message) => this.#progress(fraction, message),
      log: (message) => this.logText(String(message)),
      call: (algorithm, args) => this.#call(algorithm, args),
      get signal() {
        return signal();
      },
    };
  }

  #signal() {
    this.#abort ??= new AbortController();
    if (this.cancelled) this.#abort.abort(new Cancelled());
    return this.#abort.signal;
  }

  #end(body) {
    this.#send(body);
    this.ended = true;
  }

  #send(body) {
    if (this.ended) return;
    this.#answers.push(`{"id":${this.#idJson},${body}}`);
  }
}

function isIterator(value) {
  return (
    typeof value === 'object' &&
    value !== null &&
    (Symbol.asyncIterator in value || typeof value.next === 'function')
  );
}
