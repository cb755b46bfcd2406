import { constants, openSync, readSync } from 'node:fs';
import { Socket } from 'node:net';
import type { LaunchCommand } from '../../langpack/index.js';
import type { AnswerChannel, AnswerSink } from '../dialect.js';
import type { Ready } from '../ready.js';
import type { DeskCaller } from './call-desk.js';
import type { AlgooutSlot } from './algoout-place.js';
import { readClassicAnswer } from './classic-answer.js';
import { JsonScanner } from './json-scanner.js';

const CHUNK_BYTES = 64 * 1024;

/**
 * A FIFO that a child opens, writes to and closes as it likes. We hold its other end open for writing too: else it would
 * end with each of the child's answers, and what the child writes before we open it again would be lost.
 */
export class AnswerFifo implements AnswerChannel {
  readonly launch: LaunchCommand;
  readonly isInherited = false;
  readonly #slot: AlgooutSlot;
  readonly #caller: DeskCaller | undefined;
  readonly #sink: AnswerSink;
  readonly #fd: number;
  readonly #socket: Socket;
  readonly #scanner: JsonScanner;

  /** @param caller - the child, where it may call other algorithms */
  constructor(slot: AlgooutSlot, sink: AnswerSink, caller?: DeskCaller) {
    this.#caller = caller;
    this.#slot = slot;
    this.#sink = sink;
    this.launch = slot.launch;
    this.#scanner = new JsonScanner({
      maxBytes: sink.maxAnswerBytes,
      onObject: (object) => sink.answered(readClassicAnswer(object)),
      onBroken: (problem) => sink.broken(problem),
    });
    try {
      this.#fd = openSync(slot.fifo, constants.O_RDWR | constants.O_NONBLOCK);
    } catch (error) {
      slot.close();
      throw error;
    }
    this.#socket = new Socket({ fd: this.#fd, readable: true, writable: false });
  }

  get hasPartial(): boolean {
    return this.#scanner.hasPartial;
  }

  attach(): Socket {
    return this.#socket.on('data', (chunk: Buffer) => {
      this.#scanner.push(chunk);
      if (this.#scanner.hasPartial) this.#sink.begun();
    });
  }

  /** The ready line says nothing but that it is ready. */
  readReady(): Ready {
    return { algorithms: [], concurrency: 1, isPlain: false };
  }

  drain(): void {
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    for (let length = this.#read(chunk); length > 0; length = this.#read(chunk)) {
      this.#scanner.push(chunk.subarray(0, length));
    }
  }

  takeCallAnswer(line: string): boolean {
    this.#caller?.answer(line);
    return true;
  }

  close(): void {
    this.#caller?.leave();
    this.#socket.destroy();
    this.#slot.close();
  }

  #read(chunk: Buffer): number {
    try {
      return this.#socket.destroyed ? 0 : readSync(this.#fd, chunk);
    } catch {
      // EAGAIN: it is empty.
      return 0;
    }
  }
}
