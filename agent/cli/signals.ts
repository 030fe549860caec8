import { closeSync, openSync } from 'node:fs';

/** Aborted by SIGTERM or SIGINT; a second signal ends the process at once. */
export function onSignals(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGTERM', 'SIGINT'] as const) {
    process.once(name, () => {
      controller.abort(new Error(name));
      process.once(name, () => process.exit(1));
    });
  }
  return controller.signal;
}

/** Calls `hangup` at each SIGHUP. One that says that our own terminal was closed is what SIGTERM is. */
export function onHangup(hangup: () => Promise<unknown>): void {
  const hadTerminal = hasTerminal();
  process.on('SIGHUP', () => {
    if (hadTerminal && !hasTerminal()) process.kill(process.pid, 'SIGTERM');
    else void hangup();
  });
}

function hasTerminal(): boolean {
  try {
    closeSync(openSync('/dev/tty', 'r'));
    return true;
  } catch {
    return false;
  }
}
