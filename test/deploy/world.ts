import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { temporaryFolder } from '../support/process.ts';
import { Program } from '../support/program.ts';

const WORLD = join(import.meta.dirname, 'world');

/** Whether this machine lets another be made above it: root, with overlays and namespaces, and systemd installed. */
export function canBoot(): boolean {
  const folder = temporaryFolder();
  try {
    return spawnSync(WORLD, [folder.path, 'systemctl', '--version']).status === 0;
  } finally {
    folder.remove();
  }
}

/** A machine that systemd has booted, above this one and gone with the test; the checkout is its folder /mnt. */
export class World {
  readonly #folder = temporaryFolder();
  readonly #machine = new Program(WORLD, [this.#folder.path], import.meta.dirname);

  /** What a command of its root comes to, in the checkout. */
  async run(command: string): Promise<{ code: number | null; out: string; err: string }> {
    const [first] = this.#machine.lines;
    const shell = ['env', '-i', 'PATH=/usr/sbin:/usr/bin:/sbin:/bin', 'bash', '-euo', 'pipefail', '-c'];
    const entered = ['-t', String(first), '-a', '-r', '-w', ...shell, `cd /mnt; ${command}`];
    const program = new Program('nsenter', entered, import.meta.dirname);
    const code = await program.exited;
    return { code, out: program.lines.join('\n'), err: program.stderr };
  }

  /** Whether it has come up; false as long as it has not. */
  async isUp(): Promise<boolean> {
    if (this.#machine.lines.length === 0) return false;
    const { out } = await this.run('systemctl is-system-running');
    return /^(running|degraded)$/.test(out);
  }

  async stop(): Promise<void> {
    await this.#machine.kill('SIGTERM');
    this.#folder.remove();
  }
}
