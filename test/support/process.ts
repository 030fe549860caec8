import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { recordOutput } from './logs.ts';

const MAIN = join(import.meta.dirname, '../../agent/main.ts');

/** A `pertonne` command in a process of its own, as its users run it. */
export class Pertonne {
  /** A command that runs the command given to it, in another world than this one. */
  static readonly through: readonly string[] = [];
  readonly lines: string[] = [];
  stderr = '';
  readonly exited: Promise<number | null>;
  readonly #child: ChildProcess;
  readonly #waiting = new Set<() => void>();

  /** Its arguments, and before them what is to stand in its environment besides. */
  constructor(...given: [...env: [] | [NodeJS.ProcessEnv], ...args: string[]]) {
    const [env, args] = typeof given[0] === 'object' ? [given[0], given.slice(1)] : [{}, given];
    const [command, ...rest] = [...new.target.through, process.execPath, MAIN, ...(args as string[])];
    this.#child = spawn(command!, rest, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
    });
    createInterface({ input: this.#child.stdout! }).on('line', (line) => {
      this.lines.push(line);
      recordOutput(line);
      for (const check of this.#waiting) check();
    });
    this.#child.stderr!.on('data', (chunk: Buffer) => {
      this.stderr += chunk;
      recordOutput(String(chunk));
    });
    this.exited = new Promise((resolve) => this.#child.once('close', resolve));
  }

  /** The first line of standard output that parses to JSON with all of these entries; rejects when the process ends without it. */
  async line(entries: Readonly<Record<string, unknown>>): Promise<Record<string, unknown>> {
    const matches = (value: Record<string, unknown>): boolean =>
      Object.entries(entries).every(([key, wanted]) => value[key] === wanted);
    const find = (): Record<string, unknown> | undefined => this.lines.map(parsed).find(matches);
    const seen = new Promise<Record<string, unknown>>((resolve) => {
      const check = (): void => {
        const found = find();
        if (!found) return;
        this.#waiting.delete(check);
        resolve(found);
      };
      this.#waiting.add(check);
      check();
    });
    const ended = this.exited.then((code) => {
      throw new Error(
        `pertonne ended with ${code} before ${JSON.stringify(entries)}: ${this.stderr}${this.lines.at(-1) ?? ''}`,
      );
    });
    return Promise.race([seen, ended]);
  }

  /** The address that the agent logs once it listens. */
  async url(): Promise<string> {
    return String((await this.line({ event: 'listening' })).url);
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** What it ended with; why that is no success stands in the output of the tests. */
  async kill(signal: NodeJS.Signals): Promise<number | null> {
    this.signal(signal);
    const code = await this.exited;
    if (code) process.stderr.write(`pertonne ended with ${code} at ${signal}: ${this.stderr}${this.lines.at(-1)}\n`);
    return code;
  }
}

function parsed(line: string): Record<string, unknown> {
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return {};
  }
}

/** An empty folder for one test, and what removes it. */
export function temporaryFolder(): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'pertonne-test-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true, maxRetries: 5 }) };
}

/** Runs a command to its end. */
export async function ended(...args: string[]): Promise<{ code: number | null; out: string; err: string }> {
  const command = new Pertonne(...args);
  const code = await command.exited;
  return { code, out: command.lines.join('\n'), err: command.stderr };
}
