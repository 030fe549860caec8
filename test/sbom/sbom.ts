import { execFileSync } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** `npm run -s sbom`: the parts of which a release is made, as CycloneDX. npm says them; what it lacks is added here. */

export const ROOT = join(import.meta.dirname, '../..');

export interface Component {
  readonly name: string;
  readonly version: string;
  readonly purl: string;
  readonly 'bom-ref': string;
  readonly licenses?: readonly {
    readonly license?: { readonly id?: string; readonly name?: string };
    readonly expression?: string;
  }[];
}
export interface Bom {
  readonly bomFormat: 'CycloneDX';
  readonly specVersion: string;
  readonly metadata: { readonly component: Component };
  readonly components: readonly Component[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
}

/** Packages that state their licence in a file only: which it is, the file, and words of it. */
export const STATED: Readonly<Record<string, readonly [id: string, file: string, words: string]>> = {
  'dequeue@1.0.5': ['BSD-2-Clause', 'LICENSE', '2-Clause BSD license'],
  'humanize@0.0.9': ['MIT', 'LICENSE', 'Permission is hereby granted, free of charge'],
  'precond@0.2.3': ['MIT', 'README.md', 'MIT license'],
};

interface Locked {
  readonly version: string;
  readonly dev?: true;
  readonly devOptional?: true;
}

/** `name@version` of what the lock file installs for production, as far as it is installed here. */
export function production(): string[] {
  const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, Locked>;
  };
  return Object.entries(packages)
    .filter(([path, { dev, devOptional }]) => path !== '' && !dev && !devOptional && existsSync(join(ROOT, path)))
    .map(([path, { version }]) => `${path.split('node_modules/').at(-1)}@${version}`);
}

/** Packages to develop with of which the page is built: they are in it. */
export function builtIn(): string[] {
  const sources = globSync('agent/page/src/**/*.{ts,tsx,css}', { cwd: ROOT }).map((file) =>
    readFileSync(join(ROOT, file), 'utf8'),
  );
  const named = sources.flatMap((text) => [...text.matchAll(/(?:from|import) '(@[\w-]+\/[\w.-]+|[a-z][\w.-]*)/g)]);
  return [...new Set(named.map(([, name]) => name!))].sort();
}

/** npm's own `--omit dev` leaves out what development needs too. */
export function sbom(): Bom {
  const told = execFileSync('npm', ['sbom', '--sbom-format', 'cyclonedx'], {
    cwd: ROOT,
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  });
  const bom = JSON.parse(told) as Bom;
  const [shipped, built] = [new Set(production()), builtIn()];
  const components = bom.components
    .filter(({ name, version }) => shipped.has(`${name}@${version}`) || built.includes(name))
    .map((component) => {
      const stated = STATED[`${component.name}@${component.version}`];
      return stated ? { ...component, licenses: [{ license: { id: stated[0] } }] } : component;
    });
  const known = new Set([bom.metadata.component, ...components].map((one) => one['bom-ref']));
  const dependencies = bom.dependencies
    .filter(({ ref }) => known.has(ref))
    .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter((one) => known.has(one)) }));
  return { ...bom, components, dependencies };
}

if (import.meta.main) process.stdout.write(`${JSON.stringify(sbom(), null, 2)}\n`);
