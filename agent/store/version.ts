/** Withdrawn because what was new in it changed results; it has the repair of 3.51.3 (docs/log.md). */
const WITHDRAWN = '3.52.0';
/** Before it a log of changes that is begun anew while another connection writes could spoil the file. */
const REPAIRED = [3, 51, 3];

/** What is to be said of a version of SQLite that holds the log; null for a sound one. */
export function doubtOf(version: string): string | null {
  if (version === WITHDRAWN) return `SQLite ${version} was withdrawn by its makers; what that was for is not used here`;
  const parts = version.split('.').map(Number);
  const differing = REPAIRED.findIndex((part, index) => part !== parts[index]);
  if (differing < 0 || parts[differing]! > REPAIRED[differing]!) return null;
  return `SQLite ${version} can spoil a file that two connections write to, which this agent never does; use 3.51.3 or later`;
}
