import { createHash } from 'node:crypto';
import { existsSync, globSync, lstatSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { temporaryFolder } from '../support/process.ts';
import { Container, imageIn, readOnly, volume } from './container.ts';

/** What the Dockerfile makes, built by `.ci/container`, started by the OCI runtime crun with a root that is read only, no rights and no network. */

const built = process.env.PERTONNE_IMAGE ?? '';
const root = join(import.meta.dirname, '../..');
const read = <T>(file: string): T => JSON.parse(readFileSync(join(root, file), 'utf8')) as T;
const folder = temporaryFolder();
const running: Container[] = [];
afterAll(async () => {
  await Promise.all(running.map((container) => container.stop('KILL')));
  folder.remove();
});

/** One that does not outlive its test, however that ends. */
function kept(container: Container): Container {
  running.push(container);
  return container;
}

/** The values of a figure per tonne that the container's agent has formed, null where it could form none. */
async function figures(container: Container): Promise<unknown[]> {
  const choice = ['--from', 'earliest', '--no-follow', '--metric', 'mill-1.electricity', '--window', 'hour'];
  const { out } = await container.exec('pertonne', 'tail', 'ws://127.0.0.1:8080', ...choice);
  return out
    .split('\n')
    .flatMap((line) => (line ? [(JSON.parse(line) as { body: { value: unknown } }).body.value] : []));
}

describe.skipIf(!existsSync(join(built, 'image.json')))('the image (skipped without one: .ci/container)', () => {
  const image = existsSync(join(built, 'image.json')) ? imageIn(built) : (undefined as never);
  const inside = (path: string): string => join(image.rootfs, path);

  test('says what it is, who runs in it and where it writes', () => {
    const { version, license } = read<{ version: string; license: string }>('package.json');
    expect(image).toMatchObject({
      User: '10001:10001',
      Volumes: { '/data': {} },
      ExposedPorts: { '8080/tcp': {} },
      Labels: {
        'org.opencontainers.image.version': version,
        'org.opencontainers.image.licenses': license,
      },
    });
  });

  test('has no package to develop with, no npm, no compiler, no settings of who built it, and nothing that gives more rights', () => {
    const { packages } = read<{ packages: Record<string, { dev?: true }> }>('package-lock.json');
    const developing = Object.keys(packages).filter((path) => packages[path]!.dev);
    expect(developing.length).toBeGreaterThan(50);
    const unwanted = [
      '/usr/local/lib/node_modules',
      '/usr/local/bin/npm',
      '/usr/bin/gcc',
      '/usr/bin/make',
      '/root/.npmrc',
    ];
    expect([...developing, ...unwanted].filter((path) => existsSync(inside(join('pertonne', path))))).toEqual([]);
    expect(unwanted.filter((path) => existsSync(inside(path)))).toEqual([]);
    const privileged = globSync('**/*', { cwd: image.rootfs }).filter((path) => {
      const { mode } = lstatSync(inside(path));
      return (mode & 0o170000) === 0o100000 && (mode & 0o6000) !== 0;
    });
    expect(privileged).toEqual([]);
  });

  test('holds what the checkout holds, byte for byte: it was installed twice, with the same result', () => {
    const files = globSync('pertonne/**/*', { cwd: image.rootfs, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(inside('pertonne/').length));
    expect(files.length).toBeGreaterThan(3_000);
    const hash = (file: string): string => createHash('sha256').update(readFileSync(file)).digest('hex');
    // Compiled here and there by different compilers; npm's own note of what it installed.
    const own = /sqlite3\/(build|node-addon-api)\/|node_modules\/\.package-lock\.json$/;
    const differing = files.filter(
      (file) => !own.test(file) && hash(inside(join('pertonne', file))) !== hash(join(root, file)),
    );
    expect(differing).toEqual([]);
  });

  test('without arguments it runs the demo as its user, writes to /data only, ends in order and goes on where it was', {
    timeout: 300_000,
  }, async () => {
    const mounts = [volume(join(folder.path, 'demo'), '/data')];
    const first = kept(new Container({ image, mounts }));
    await expect.poll(() => first.status('/readyz'), { timeout: 120_000 }).toBe(200);
    expect(await first.status('/healthz')).toBe(200);
    expect(await first.exec(...image.Healthcheck.Test.slice(1))).toMatchObject({ code: 0 });
    for (const [command, ...args] of [
      ['doctor'],
      ['bundle', '--out', '/data/support.tar.gz'],
      ['backup', '/data/log.db'],
    ])
      expect(await first.exec('pertonne', command!, ...args, '--data', '/data')).toMatchObject({ code: 0, err: '' });

    const { out: status } = await first.exec('cat', '/proc/1/status');
    expect(status).toMatch(/^Uid:\s+10001\s+10001\s+10001\s+10001$/m);
    for (const set of ['Inh', 'Prm', 'Eff', 'Bnd', 'Amb'])
      expect(status).toMatch(new RegExp(`^Cap${set}:\\s+0+$`, 'm'));
    expect(status).toMatch(/^NoNewPrivs:\s+1$/m);
    for (const place of ['/', '/pertonne', '/pertonne/agent/page/dist', '/tmp', '/etc', '/usr/local/bin'])
      expect(await first.exec('touch', join(place, 'x'))).toMatchObject({
        code: 1,
        err: expect.stringContaining('Read-only'),
      });
    expect(await first.exec('touch', '/data/x')).toMatchObject({ code: 0 });
    expect((await first.exec('cat', '/proc/net/dev')).out.match(/^\s*\w+(?=:)/gm)).toEqual(['    lo']);

    await expect.poll(() => figures(first), { timeout: 120_000 }).toContainEqual(expect.any(Number));
    const opened = (container: Container) =>
      container.process.lines
        .map((line) => JSON.parse(line) as Record<string, unknown>)
        .find(({ event }) => event === 'store-opened')!;
    expect(opened(first)).toMatchObject({ lastSeq: 0 });

    expect(await first.stop('TERM')).toBe(0);
    expect(first.process.lines.at(-1)).toContain('"event":"stopped"');

    const second = kept(new Container({ image, mounts }));
    await expect.poll(() => second.status('/readyz'), { timeout: 120_000 }).toBe(200);
    expect(opened(second)).toMatchObject({ epoch: opened(first).epoch, lastSeq: expect.any(Number) });
    expect(opened(second).lastSeq).toBeGreaterThan(0);
    expect(await second.stop('KILL')).not.toBe(0);
  });

  test("with a plant's file it runs that plant, beside it in one network", { timeout: 300_000 }, async () => {
    const shared = join(folder.path, 'plant');
    const plant = kept(
      new Container({
        image,
        args: ['plant', '--data', '/plant', '--config', '/plant/plant.yaml', '--speed', '60'],
        mounts: [volume(shared, '/plant')],
      }),
    );
    await expect
      .poll(() => existsSync(join(shared, 'plant.yaml')) && plant.process.lines.length, { timeout: 120_000 })
      .toBe(1);
    mkdirSync(join(folder.path, 'agent'));
    const agent = kept(
      await plant.beside({
        image,
        // The file names the plant's certificate where the plant has it.
        mounts: [
          readOnly(shared, '/etc/pertonne'),
          readOnly(shared, '/plant'),
          volume(join(folder.path, 'agent'), '/data'),
        ],
      }),
    );
    await expect.poll(() => agent.status('/readyz'), { timeout: 120_000 }).toBe(200);
    await expect
      .poll(() => agent.process.lines.filter((line) => line.includes('"endpoint-up"')).length, { timeout: 120_000 })
      .toBe(3);
    expect(await agent.exec(...image.Healthcheck.Test.slice(1))).toMatchObject({ code: 0 });
    expect([await agent.stop('TERM'), await plant.stop('TERM')]).toEqual([0, 0]);
  });
});
