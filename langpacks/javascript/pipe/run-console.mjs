import { AsyncLocalStorage } from 'node:async_hooks';
import { Console } from 'node:console';
import { Writable } from 'node:stream';

/**
 * Where several requests run at once, time cannot tell whose line it is: what `console` prints inside a run goes to
 * that run's log instead of stdout.
 */
export class RunConsole {
  #current = new AsyncLocalStorage();

  constructor() {
    const own = new Console({ stdout: this.#sink(process.stdout), stderr: this.#sink(process.stderr) });
    for (const [name, method] of Object.entries(own)) {
      if (typeof method === 'function' && typeof console[name] === 'function') console[name] = method;
    }
  }

  /** Runs `action`, and all that follows from it, as a part of `run`. */
  within(run, action) {
    return this.#current.run(run, action);
  }

  #sink(stream) {
    const write = (chunk, _encoding, done) => {
      const run = this.#current.getStore();
      if (run && !run.ended) run.logText(String(chunk));
      else stream.write(chunk);
      done();
    };
    return new Writable({ write, decodeStrings: false });
  }
}
