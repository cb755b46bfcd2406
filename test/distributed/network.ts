import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import type { Place } from './fleet.js';

/** Hosts of a test: network namespaces, each with a cable to one switch, which this process is plugged into as well. Needs root. */
export class TestNetwork {
  readonly #id = randomBytes(2).toString('hex');
  readonly #subnet: string;
  readonly #hosts: string[] = [];

  constructor() {
    const [a = 0, b = 0] = randomBytes(2);
    this.#subnet = `10.${64 + (a % 128)}.${b}`;
    this.#run('ip', 'netns', 'add', this.#switch);
    this.#inSwitch('ip', 'link', 'add', 'bridge', 'type', 'bridge');
    this.#inSwitch('ip', 'link', 'set', 'bridge', 'up');
    // This process is host 254.
    this.#plug(`ry${this.#id}me`, undefined, 254);
  }

  /** Why there can be no network of hosts here; undefined when there can. */
  static findObstacle(): string | undefined {
    const name = `ry${randomBytes(2).toString('hex')}-try`;
    try {
      execFileSync('ip', ['netns', 'add', name], { stdio: 'pipe' });
      execFileSync('ip', ['netns', 'del', name], { stdio: 'pipe' });
      return undefined;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }

  /** One more host. Everything on it reaches, and is reached by, all the others. */
  add(name: string): Place {
    const namespace = this.#namespace(name);
    this.#run('ip', 'netns', 'add', namespace);
    this.#hosts.push(name);
    this.#run('ip', '-n', namespace, 'link', 'set', 'lo', 'up');
    return {
      address: this.#plug(`ry${this.#id}${this.#hosts.length}`, namespace, this.#hosts.length),
      enter: ['ip', 'netns', 'exec', namespace],
    };
  }

  /** Pulls a host's cable. */
  cut(name: string): void {
    this.#inSwitch('ip', 'link', 'set', this.#cable(name), 'down');
  }

  mend(name: string): void {
    this.#inSwitch('ip', 'link', 'set', this.#cable(name), 'up');
  }

  /** What goes to a host comes late, and some of it not at all: by netem, or where the kernel has none, by a line too narrow. */
  disturb(name: string): void {
    const device = ['dev', this.#cable(name), 'root'];
    try {
      const bad = ['netem', 'delay', '80ms', '20ms', 'loss', '10%'];
      this.#inSwitch('tc', 'qdisc', 'replace', ...device, ...bad);
    } catch {
      const narrow = ['tbf', 'rate', '200kbit', 'burst', '4kb', 'latency', '120ms'];
      this.#inSwitch('tc', 'qdisc', 'replace', ...device, ...narrow);
    }
  }

  calm(name: string): void {
    this.#inSwitch('tc', 'qdisc', 'del', 'dev', this.#cable(name), 'root');
  }

  close(): void {
    // The cables go with the namespaces at their ends.
    for (const name of [...this.#hosts.map((host) => this.#namespace(host)), this.#switch])
      this.#run('ip', 'netns', 'del', name);
  }

  get #switch(): string {
    return `ry${this.#id}-switch`;
  }

  #namespace(name: string): string {
    return `ry${this.#id}-${name}`;
  }

  #cable(name: string): string {
    return `ry${this.#id}${this.#hosts.indexOf(name) + 1}s`;
  }

  #plug(cable: string, namespace: string | undefined, number: number): string {
    const address = `${this.#subnet}.${number}`;
    const inside = namespace === undefined ? [] : ['-n', namespace];
    this.#run('ip', 'link', 'add', cable, 'type', 'veth', 'peer', 'name', `${cable}s`);
    this.#run('ip', 'link', 'set', `${cable}s`, 'netns', this.#switch);
    if (namespace !== undefined) this.#run('ip', 'link', 'set', cable, 'netns', namespace);
    this.#run('ip', ...inside, 'address', 'add', `${address}/24`, 'dev', cable);
    this.#run('ip', ...inside, 'link', 'set', cable, 'up');
    this.#inSwitch('ip', 'link', 'set', `${cable}s`, 'master', 'bridge');
    this.#inSwitch('ip', 'link', 'set', `${cable}s`, 'up');
    return address;
  }

  #inSwitch(command: string, ...args: string[]): void {
    this.#run('ip', 'netns', 'exec', this.#switch, command, ...args);
  }

  #run(command: string, ...args: string[]): void {
    execFileSync(command, args, { stdio: 'pipe' });
  }
}
