import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Copy, DockerfileParser, Env, type JSONInstruction, type Property } from 'dockerfile-ast';

/** A Debian system in a folder, on which the instructions of a Dockerfile are carried out one by one. */
export class ImageTree {
  readonly #dir: string;
  readonly env: Record<string, string> = {
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    HOME: '/root',
  };

  /** @param dir - where `debootstrap` makes the system */
  constructor(dir: string, mirror = 'http://deb.debian.org/debian') {
    this.#dir = dir;
    run('debootstrap', ['--variant=minbase', 'bookworm', dir, mirror]);
  }

  /** Carries out everything after FROM; instructions that only say things about the image are left out. */
  build(dockerfile: string, context: string): void {
    for (const instruction of DockerfileParser.parse(dockerfile).getInstructions()) {
      if (instruction instanceof Copy) this.#copy(instruction, context);
      else if (instruction instanceof Env) this.#setVariables(instruction);
      else if (instruction.getKeyword() === 'RUN') this.#run(instruction as JSONInstruction);
    }
  }

  /** Runs a program of the system, with the variables of the image. */
  run(command: string, ...args: string[]): string {
    return run('chroot', [this.#dir, '/usr/bin/env', '-i', ...this.#variables(), command, ...args]);
  }

  #copy(copy: Copy, context: string): void {
    const [from = '', to = ''] = copy.getJSONStrings().map((word) => word.getJSONValue());
    mkdirSync(join(this.#dir, to), { recursive: true });
    cpSync(join(context, from), join(this.#dir, to), { recursive: true });
  }

  #setVariables(env: Env): void {
    for (const property of env.getProperties()) {
      this.env[property.getName()] = readValue(property, this.env);
    }
  }

  #run(instruction: JSONInstruction): void {
    const words = instruction.getJSONStrings().map((word) => word.getJSONValue());
    const [command, ...args] =
      words.length > 0 ? words : ['/bin/sh', '-c', instruction.getArgumentsContent() ?? ''];
    this.run(command ?? '', ...args);
  }

  #variables(): string[] {
    return Object.entries(this.env).map(([name, value]) => `${name}=${value}`);
  }
}

/** A variable's value as docker reads it: quotes and backslashes taken off, references followed. */
export function readValue(property: Property, env: Record<string, string> = {}): string {
  const raw = (property.getUnescapedValue() ?? '').replace(/^"([^]*)"$/, '$1');
  return raw.replaceAll(/\\([\\"$])|\$\{?([A-Za-z_]\w*)\}?/g, (_, escaped?: string, name?: string) =>
    name === undefined ? (escaped ?? '') : (env[name] ?? ''),
  );
}

function run(command: string, args: string[]): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    encoding: 'utf8',
    maxBuffer: 64 << 20,
  });
  if (status === 0) return stdout;
  throw new Error(
    `${command} ${args.slice(-3).join(' ')}: ${error?.message ?? ''}\n${(stdout + stderr).slice(-3000)}`,
  );
}
