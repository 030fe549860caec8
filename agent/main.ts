#!/usr/bin/env node
import { COMMANDS, type CommandName, readOptions } from './cli/options.ts';
import { EXIT, HELP, Refused, UsageError } from './cli/usage.ts';
import { version } from './system.ts';
import { keepObjectsYoung } from './youngObjects.ts';

/** Each command is loaded when it is asked for: `tail` needs no OPC UA. */
const commands: { [Name in CommandName]: (args: readonly string[]) => Promise<number> } = {
  run: async (args) => (await import('./cli/run.ts')).run(readOptions('run', args)),
  demo: async (args) => (await import('./cli/demo.ts')).demo(readOptions('demo', args)),
  start: async (args) => (await import('./cli/start.ts')).start(readOptions('start', args)),
  plant: async (args) => (await import('./cli/plant.ts')).plant(readOptions('plant', args)),
  init: async (args) => (await import('./cli/init.ts')).init(readOptions('init', args)),
  check: async (args) => (await import('./cli/check.ts')).check(readOptions('check', args)),
  diff: async (args) => (await import('./cli/diff.ts')).diff(readOptions('diff', args)),
  probe: async (args) => (await import('./cli/probe.ts')).probe(readOptions('probe', args)),
  tail: async (args) => (await import('./cli/tail.ts')).tail(readOptions('tail', args)),
  receive: async (args) => (await import('./cli/receive.ts')).receive(readOptions('receive', args)),
  explain: async (args) => (await import('./cli/explain.ts')).explain(readOptions('explain', args)),
  replay: async (args) => (await import('./cli/replay.ts')).replay(readOptions('replay', args)),
  test: async (args) => (await import('./cli/test.ts')).test(readOptions('test', args)),
  backup: async (args) => (await import('./cli/backup.ts')).backup(readOptions('backup', args)),
  restore: async (args) => (await import('./cli/backup.ts')).restore(readOptions('restore', args)),
  doctor: async (args) => (await import('./cli/doctor.ts')).doctor(readOptions('doctor', args)),
  bundle: async (args) => (await import('./cli/bundle.ts')).bundle(readOptions('bundle', args)),
  browse: async (args) => (await import('./cli/browse.ts')).browse(readOptions('browse', args)),
  token: async (args) => (await import('./cli/token.ts')).token(readOptions('token', args)),
  audit: async (args) => (await import('./cli/audit.ts')).audit(readOptions('audit', args)),
  trust: async (args) => (await import('./cli/trust.ts')).trust(readOptions('trust', args)),
};

async function main([name, ...args]: readonly string[]): Promise<number> {
  if (name === '--version') return say(`${version}\n`);
  if (name === '--help' || name === '-h' || args.includes('--help')) return say(HELP);
  if (!name || !(name in COMMANDS)) throw new UsageError(name ? `no command "${name}"` : 'which command?');
  return commands[name as CommandName](args);
}

function say(text: string): number {
  process.stdout.write(text);
  return EXIT.done;
}

function explain(failure: unknown): number {
  if (failure instanceof UsageError) {
    process.stderr.write(`${failure.message}\n\nSee pertonne --help\n`);
    return EXIT.faulty;
  }
  if (failure instanceof Refused) {
    process.stderr.write(`${failure.message}\n`);
    return EXIT.refused;
  }
  process.stderr.write(`${failure instanceof Error ? failure.stack : String(failure)}\n`);
  return EXIT.bug;
}

keepObjectsYoung();
const code = await main(process.argv.slice(2)).catch(explain);
// What a slow reader of our output has not taken yet would be lost with the process.
await new Promise((done) => process.stdout.write('', done));
process.exit(code);
