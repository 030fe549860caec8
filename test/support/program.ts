import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { recordOutput } from './logs.ts';

/** A program of somebody else's, and the lines that it prints. */
export class Program {
  readonly lines: string[] = [];
  stderr = '';
  readonly exited: Promise<number | null>;
  readonly #child: ChildProcess;

  constructor(command: string, args: readonly string[], cwd: string) {
    this.#child = spawn(command, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    createInterface({ input: this.#child.stdout! }).on('line', (line) => {
      this.lines.push(line);
      recordOutput(line);
    });
    this.#child.stderr!.on('data', (chunk: Buffer) => {
      this.stderr += chunk;
      recordOutput(String(chunk));
    });
    this.exited = new Promise((resolve) => this.#child.once('close', resolve));
  }

  /** The `seq` of each line. */
  seqs(): number[] {
    return this.lines.map((line) => (JSON.parse(line) as { seq: number }).seq);
  }

  kill(signal: NodeJS.Signals): Promise<number | null> {
    this.#child.kill(signal);
    return this.exited;
  }
}
