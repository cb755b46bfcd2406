import { constants, openSync, writeSync } from 'node:fs';
import { Socket } from 'node:net';

/** A batch this long is written at once, so that a flood never piles up in memory as one string. */
const MAX_BATCH_CHARACTERS = 256 * 1024;
/** Longest a dying process tries to get its last answers out, in milliseconds. */
const LAST_WORDS_MS = 1000;

/**
 * The way back to the parent. Answers of one turn of the event loop leave in one write; what the kernel does not take
 * at once waits here, in order, and `whenRoom` lets a stream wait with it.
 */
export class Answers {
  #fd;
  /** Undefined when answers go to a plain file, which always takes everything. */
  #socket;
  #batch = '';
  #scheduled = false;
  /** When the oldest answer not yet written came, by `performance.now()`; Infinity when there is none. */
  heldSince = Infinity;

  /** @param {string} path - what ALGOOUT names: a FIFO, a file, or `/dev/fd/N` for a descriptor that is open already */
  constructor(path) {
    const inherited = /^\/dev\/fd\/(\d+)$/.exec(path);
    this.#fd = inherited ? Number(inherited[1]) : openSync(path, constants.O_WRONLY);
    this.#socket = openSocket(this.#fd);
    process.on('exit', () => this.#flushLast());
  }

  /** @param {string} text - one JSON document, without a newline */
  push(text) {
    if (this.#batch === '') this.heldSince = performance.now();
    this.#batch += text + '\n';
    if (this.#batch.length > MAX_BATCH_CHARACTERS) this.flush();
    else if (!this.#scheduled) {
      this.#scheduled = true;
      setImmediate(this.#turnEnds);
    }
  }

  #turnEnds = () => {
    this.#scheduled = false;
    this.flush();
  };

  /** Hands everything over to the kernel, or to the queue in front of it. */
  flush() {
    if (this.#batch === '') return;
    const bytes = this.#takeBatch();
    const written = this.#queued ? 0 : writeSome(this.#fd, bytes);
    if (written < bytes.length) this.#enqueue(bytes.subarray(written));
  }

  get #queued() {
    return this.#socket !== undefined && this.#socket.writableLength > 0;
  }

  #enqueue(bytes) {
    if (this.#socket) this.#socket.write(bytes);
    else writeAll(this.#fd, bytes, Infinity);
  }

  /** Resolves when the parent has read so much that more may be written. */
  async whenRoom() {
    if (this.#socket?.writableNeedDrain) await new Promise((resolve) => this.#socket.once('drain', resolve));
  }

  /** Resolves when nothing is left to write. */
  async end() {
    this.flush();
    if (this.#queued) await new Promise((resolve) => this.#socket.write('', resolve));
  }

  /** The event loop is over: what was answered in this turn still has to leave. */
  #flushLast() {
    if (this.#batch === '' || this.#queued) return;
    writeAll(this.#fd, this.#takeBatch(), Date.now() + LAST_WORDS_MS);
  }

  #takeBatch() {
    const bytes = Buffer.from(this.#batch);
    this.#batch = '';
    this.heldSince = Infinity;
    return bytes;
  }
}

function openSocket(fd) {
  try {
    const socket = new Socket({ fd, readable: false, writable: true });
    socket.on('error', (error) => {
      process.stderr.write(`The answer pipe broke: ${error.message}\n`);
      process.exit(1);
    });
    return socket;
  } catch (error) {
    if (error.code === 'ERR_INVALID_FD_TYPE') return undefined;
    throw error;
  }
}

/** Bytes the kernel takes now. A write without the stream machinery in front of it costs a third of one with it. */
function writeSome(fd, bytes) {
  try {
    return writeSync(fd, bytes);
  } catch (error) {
    // A full pipe takes nothing; a broken one is reported by the socket when the bytes get there.
    if (error.code === 'EAGAIN' || error.code === 'EPIPE') return 0;
    throw error;
  }
}

function writeAll(fd, bytes, deadline) {
  for (let done = 0; done < bytes.length && Date.now() < deadline;) {
    const written = writeSome(fd, bytes.subarray(done));
    if (written === 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    done += written;
  }
}
