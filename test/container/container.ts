import { chownSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '../support/process.ts';
import { Program } from '../support/program.ts';

/** What `test/container/build` left. */
export interface Image {
  readonly rootfs: string;
  readonly User: string;
  readonly Env: readonly string[];
  readonly Cmd: readonly string[];
  readonly Entrypoint: readonly string[];
  readonly WorkingDir: string;
  readonly Volumes: Readonly<Record<string, object>>;
  readonly ExposedPorts: Readonly<Record<string, object>>;
  readonly Labels: Readonly<Record<string, string>>;
  readonly Healthcheck: { readonly Test: readonly string[] };
}

export function imageIn(folder: string): Image {
  return { ...JSON.parse(readFileSync(join(folder, 'image.json'), 'utf8')), rootfs: join(folder, 'rootfs') };
}

/** The OCI runtime crun. It takes no hybrid cgroups: they are out of its sight, and with them limits of memory and processes. */
const RUNTIME = [
  ...['unshare', '--mount', 'sh', '-c'],
  'umount /sys/fs/cgroup/unified 2>/dev/null; exec crun --cgroup-manager=disabled "$@"',
  'crun',
];

interface Mount {
  readonly source: string;
  readonly destination: string;
  readonly options: readonly string[];
}

/** A folder as a volume: the user of the image's owns it, nothing in it can be executed. */
export function volume(source: string, destination: string): Mount {
  mkdirSync(source, { recursive: true, mode: 0o700 });
  chownSync(source, 10001, 10001);
  return { source, destination, options: ['rw', 'nosuid', 'nodev', 'noexec'] };
}

export const readOnly = (source: string, destination: string): Mount => ({ source, destination, options: ['ro'] });

export interface Wishes {
  readonly image: Image;
  readonly args?: readonly string[];
  readonly mounts: readonly Mount[];
}

/** What the guides give to `docker run`, in the words of the runtime; but the network is one of its own, with nobody in it. */
export const AS_DOCKER = { 'read-only': true, 'cap-drop': 'ALL', 'security-opt': 'no-new-privileges' } as const;

function specOf({ image, args = image.Cmd, mounts }: Wishes, network: string | undefined): object {
  const [uid, gid] = image.User.split(':').map(Number);
  const none = { bounding: [], effective: [], inheritable: [], permitted: [], ambient: [] };
  return {
    ociVersion: '1.0.2',
    process: {
      user: { uid, gid },
      args: [...image.Entrypoint, ...args],
      env: image.Env,
      cwd: image.WorkingDir,
      capabilities: none,
      noNewPrivileges: true,
    },
    root: { path: image.rootfs, readonly: AS_DOCKER['read-only'] },
    mounts: [
      { destination: '/proc', type: 'proc', source: 'proc' },
      { destination: '/dev', type: 'tmpfs', source: 'tmpfs', options: ['nosuid', 'mode=755', 'size=64k'] },
      ...mounts.map((mount) => ({ ...mount, type: 'bind', options: ['bind', ...mount.options] })),
    ],
    linux: {
      namespaces: [
        ...['pid', 'ipc', 'uts', 'mount'].map((type) => ({ type })),
        { type: 'network', ...(network !== undefined && { path: network }) },
      ],
      readonlyPaths: ['/proc/sys'],
    },
  };
}

const runtime = (...args: readonly string[]): Program =>
  new Program(RUNTIME[0]!, [...RUNTIME.slice(1), ...args], import.meta.dirname);

/** What a program came to. */
export interface Outcome {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

async function outcomeOf(program: Program): Promise<Outcome> {
  const code = await program.exited;
  return { code, out: program.lines.join('\n'), err: program.stderr };
}

let count = 0;

export class Container {
  readonly #name = `pertonne-test-${process.pid}-${count++}`;
  readonly #folder = temporaryFolder();
  readonly process: Program;

  /** `network`: of another container, which it shares as containers of one pod do; default: one of its own, with nobody in it. */
  constructor(wishes: Wishes, network?: string) {
    writeFileSync(join(this.#folder.path, 'config.json'), JSON.stringify(specOf(wishes, network)));
    this.process = runtime('run', '--bundle', this.#folder.path, this.#name);
    void this.process.exited.finally(() => this.#folder.remove());
  }

  /** Starts one that shares this one's network. */
  async beside(wishes: Wishes): Promise<Container> {
    return new Container(wishes, `/proc/${await this.#pid()}/ns/net`);
  }

  async #pid(): Promise<number> {
    const { out } = await outcomeOf(runtime('state', this.#name));
    return (JSON.parse(out) as { pid: number }).pid;
  }

  /** Runs a program in it, as its user and without rights, as `docker exec` and a HEALTHCHECK do. */
  exec(...command: readonly string[]): Promise<Outcome> {
    return outcomeOf(runtime('exec', '--user', '10001:10001', this.#name, ...command));
  }

  /** The status with which the agent in it answers on its port; 0 where nobody does. */
  async status(path: string): Promise<number> {
    const script = `fetch('http://127.0.0.1:8080${path}').then((a) => console.log(a.status), () => console.log(0))`;
    return Number((await this.exec('node', '-e', script)).out);
  }

  /** Sends the signal to process 1, and waits for the end. */
  async stop(signal: 'TERM' | 'KILL'): Promise<number | null> {
    await runtime('kill', this.#name, signal).exited;
    return this.process.exited;
  }
}
