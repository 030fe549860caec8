import { execFileSync } from 'node:child_process';
import { closeSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** Disks that are full, read only, or fail. */

const runs = (command: string, ...args: string[]): boolean => {
  try {
    execFileSync(command, args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
};

/** A file system of so many bytes at `folder`, in memory; null where this process may not mount one. */
export function smallDisk(folder: string, bytes: number) {
  if (!runs('mount', '-t', 'tmpfs', '-o', `size=${bytes}`, 'none', folder)) return null;
  const filler = join(folder, 'filler');
  return {
    /** Writes until not a byte more finds room. */
    fill(): void {
      const file = openSync(filler, 'a');
      for (let size = 65_536; size >= 1; ) {
        try {
          writeSync(file, Buffer.alloc(size));
        } catch {
          size = Math.floor(size / 2);
        }
      }
      closeSync(file);
    },
    free: () => rmSync(filler),
    /** Whether nothing can be written; false where a file is open for writing. */
    readOnly: (only: boolean) => runs('mount', '-o', `remount,${only ? 'ro' : 'rw'}`, folder),
    remove: () => runs('umount', '--lazy', folder),
  };
}

/** Makes writing to files of a process fail, which is started with `env`; null where there is no compiler. */
export function failingFiles(folder: string, files: string) {
  const [library, number] = [join(folder, 'failing.so'), join(folder, 'errno')];
  const source = join(import.meta.dirname, 'native/failing.c');
  if (!runs('gcc', '-shared', '-fPIC', '-o', library, source, '-ldl')) return null;
  return {
    env: { LD_PRELOAD: library, FAILING_FILES: files, FAILING_WITH: number },
    failWith: (errno: number) => writeFileSync(number, String(errno)),
    mend: () => rmSync(number),
  };
}
