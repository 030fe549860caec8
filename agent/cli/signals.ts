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
