import { type ChildProcess, spawn } from 'node:child_process';
import { recordOutput } from './logs.ts';

/** Somebody at a shell in a folder: one command after the other, and one that runs meanwhile. */
export class Shell {
  readonly #folder: string;
  readonly #env: NodeJS.ProcessEnv;
  #running: { readonly child: ChildProcess; readonly ended: Promise<number | null> } | undefined;

  /** `bin` is looked into first for commands. */
  constructor(folder: string, bin: string) {
    this.#folder = folder;
    this.#env = { ...process.env, PATH: `${bin}:${process.env.PATH}`, HOME: folder };
  }

  async run(command: string): Promise<{ status: number | null; output: string }> {
    const { child, ended } = this.#spawn(command);
    let output = '';
    for (const stream of [child.stdout!, child.stderr!]) stream.on('data', (chunk: Buffer) => (output += chunk));
    return { status: await ended, output };
  }

  /** Starts what goes on until it is stopped; resolves when it listens. */
  async start(command: string): Promise<void> {
    const { child, ended } = this.#spawn(`exec ${command}`);
    this.#running = { child, ended };
    let output = '';
    const listening = new Promise<void>((resolve) => {
      const hear = (chunk: Buffer): void => {
        output += chunk;
        if (output.includes('"event":"listening"')) resolve();
      };
      child.stdout!.on('data', hear);
      child.stderr!.on('data', hear);
    });
    const gone = ended.then((code) => {
      throw new Error(`${command} ended with ${code}: ${output}`);
    });
    gone.catch(() => {});
    await Promise.race([listening, gone]);
  }

  /** As Ctrl-C does; what the command ended with, 0 where none ran. */
  async stop(): Promise<number | null> {
    const running = this.#running;
    this.#running = undefined;
    running?.child.kill('SIGINT');
    return running ? running.ended : 0;
  }

  #spawn(command: string): { child: ChildProcess; ended: Promise<number | null> } {
    const child = spawn('bash', ['-euo', 'pipefail', '-c', command], {
      cwd: this.#folder,
      env: this.#env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => recordOutput(String(chunk)));
    return { child, ended: new Promise((resolve) => child.once('close', resolve)) };
  }
}
