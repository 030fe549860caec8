import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { afterAll, describe, expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { readOptions } from '../../agent/cli/options.ts';
import { load } from '../config/plant.ts';
import { AS_DOCKER } from '../container/container.ts';
import { stepsOf } from '../support/documents.ts';
import { temporaryFolder } from '../support/process.ts';

/** The files of deploy/ say the same as the image, the command line and the schema of plant files. */

const root = join(import.meta.dirname, '../..');
const read = (file: string): string => readFileSync(join(root, file), 'utf8');
const { version } = JSON.parse(read('package.json')) as { version: string };
const dockerfile = read('Dockerfile');
const said = (instruction: RegExp): string => instruction.exec(dockerfile)?.[1] ?? '';
const [uid, port] = [Number(said(/^USER (\d+):\1$/m)), Number(said(/^EXPOSE (\d+)$/m))];
const folder = temporaryFolder();
afterAll(() => folder.remove());

test('the image carries the version of the package', () => {
  expect(said(/^ARG VERSION=(.*)$/m)).toBe(version);
  expect([uid, port]).toEqual([10001, 8080]);
});

/** What `pertonne ARGS` would run, as its own command line reads it. */
const commandOf = ([name, ...args]: readonly string[]): object => {
  expect(name).toBe('run');
  return readOptions('run', args);
};

test('compose.yaml runs the image as hard as it can be run, the plant in a folder that cannot be written', () => {
  const { services, volumes } = parse(read('deploy/compose.yaml')) as {
    services: { pertonne: Record<string, unknown> & { command: string[]; volumes: string[] } };
    volumes: object;
  };
  expect(services.pertonne).toMatchObject({
    image: `pertonne:${version}`,
    user: `${uid}:${uid}`,
    read_only: true,
    cap_drop: ['ALL'],
    security_opt: ['no-new-privileges:true'],
  });
  expect(commandOf(services.pertonne.command)).toEqual({ config: '/etc/pertonne/plant.yaml', data: '/data' });
  expect(services.pertonne.volumes).toEqual(['./plant:/etc/pertonne:ro', 'data:/data']);
  expect(volumes).toHaveProperty('data');
});

test.each(['docs/install.md', 'docs/install.zh-CN.md'])(
  '%s has docker do what is done with the image here',
  (guide) => {
    const lines = stepsOf(guide).flatMap(({ command }) =>
      command.split('\n').filter((line) => line.startsWith('docker ')),
    );
    const [build, run, ...composing] = lines.map((line) => line.split(' '));
    expect(build!.slice(1)).toEqual(['build', '-t', `pertonne:${version}`, '.']);
    const { values, positionals } = parseArgs({
      args: run!.slice(2),
      allowPositionals: true,
      options: {
        rm: { type: 'boolean' },
        network: { type: 'string' },
        'read-only': { type: 'boolean' },
        'cap-drop': { type: 'string' },
        'security-opt': { type: 'string' },
        volume: { type: 'string', short: 'v' },
      },
    });
    expect({ ...values }).toEqual({
      ...AS_DOCKER,
      rm: true,
      network: 'host',
      volume: `pertonne:${said(/^VOLUME (.*)$/m)}`,
    });
    expect(positionals).toEqual([`pertonne:${version}`]);
    expect(composing.map((words) => words.slice(1, 5))).toEqual([
      ['compose', '-f', 'deploy/compose.yaml', 'up'],
      ['compose', '-f', 'deploy/compose.yaml', 'logs'],
    ]);
    expect(read(guide)).toContain(
      '`docker compose -f deploy/compose.yaml run --rm pertonne check /etc/pertonne/plant.yaml',
    );
  },
);

interface Container {
  readonly image: string;
  readonly args: readonly string[];
  readonly ports: readonly { containerPort: number }[];
  readonly securityContext: object;
  readonly resources: { limits: object };
  readonly volumeMounts: readonly { name: string; mountPath: string; readOnly?: true }[];
  readonly [probe: `${string}Probe`]: { exec: { command: string[] }; timeoutSeconds: number };
}

describe('kubernetes.yaml', () => {
  const documents = parseAllDocuments(read('deploy/kubernetes.yaml')).map((document) => document.toJS());
  const [plant, secret, set] = documents;
  const pod = set.spec.template.spec;
  const container = pod.containers[0] as Container;

  test('runs one agent, as the image does, without rights and with a root that is read only', () => {
    expect(set).toMatchObject({ kind: 'StatefulSet', spec: { replicas: 1 } });
    expect(set.spec.selector.matchLabels).toEqual(set.spec.template.metadata.labels);
    expect(pod).toMatchObject({
      automountServiceAccountToken: false,
      securityContext: { runAsNonRoot: true, runAsUser: uid, runAsGroup: uid, fsGroup: uid },
    });
    expect(container).toMatchObject({
      image: `pertonne:${version}`,
      ports: [{ containerPort: port }],
      securityContext: {
        readOnlyRootFilesystem: true,
        allowPrivilegeEscalation: false,
        capabilities: { drop: ['ALL'] },
      },
    });
    expect(commandOf(container.args)).toEqual({ config: '/etc/pertonne/plant.yaml', data: '/data' });
  });

  test('asks the agent what it can answer, by a script that the image has', async () => {
    const paths = ['startupProbe', 'livenessProbe', 'readinessProbe'].map((probe) => {
      const [node, script, data, path] = container[probe as 'startupProbe']!.exec.command as [
        string,
        string,
        string,
        string,
      ];
      expect([node, data, existsSync(join(root, script.replace('/pertonne/', '')))]).toEqual(['node', '/data', true]);
      return path;
    });
    expect(paths).toEqual(['/healthz', '/healthz', '/readyz']);
    const answered = [...read('docs/http.md').matchAll(/GET (\/\w+)/g)].map(([, path]) => path);
    expect(answered).toEqual(expect.arrayContaining(paths));
  });

  test('mounts what it declares; the plant file is sound, and its password where it looks for it', async () => {
    const declared = [
      ...pod.volumes,
      ...set.spec.volumeClaimTemplates.map(({ metadata }: { metadata: object }) => metadata),
    ];
    expect(container.volumeMounts.map(({ name }) => name).sort()).toEqual(declared.map(({ name }) => name).sort());
    expect(pod.volumes).toMatchObject([
      { configMap: { name: plant.metadata.name } },
      { secret: { secretName: secret.metadata.name } },
    ]);
    const result = await load(plant.data['plant.yaml']);
    expect(result).not.toHaveProperty('faults');
    const mount = container.volumeMounts.find(({ name }) => name === 'secrets')!.mountPath;
    for (const name of Object.keys(secret.stringData))
      expect(plant.data['plant.yaml']).toContain(`passwordFile: ${mount}/${name}`);
  });
});

const hasSystemd = spawnSync('systemd-analyze', ['--version']).status === 0;

describe('pertonne.service', () => {
  const unit = read('deploy/pertonne.service');
  const [node, main, ...args] = /^ExecStart=(.*)$/m.exec(unit)![1]!.split(' ') as [string, string, ...string[]];

  test('runs what a checkout in /opt/pertonne has', () => {
    expect([node, main].map((path) => path.replace('/opt/pertonne/', ''))).toEqual([
      'node_modules/.bin/node',
      'agent/main.ts',
    ]);
    expect(commandOf(args)).toEqual({ config: '/etc/pertonne/plant.yaml', data: '/var/lib/pertonne' });
  });

  test.skipIf(!hasSystemd)(
    'is understood by systemd, which finds little to reproach it with (skipped without systemd-analyze)',
    () => {
      const file = join(folder.path, 'pertonne.service');
      writeFileSync(file, unit.replace(node, process.execPath));
      const verified = spawnSync('systemd-analyze', ['verify', '--man=no', file], { encoding: 'utf8' });
      expect(verified.stdout + verified.stderr).not.toMatch(/pertonne\.service/);
      // Of 10.0: below 2 systemd calls it OK; a unit without hardening has 9.6.
      const judged = spawnSync('systemd-analyze', ['security', '--offline=true', '--threshold=20', file], {
        encoding: 'utf8',
      });
      expect(judged).toMatchObject({ status: 0 });
    },
  );
});
