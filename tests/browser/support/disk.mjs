// A disk small enough to be filled: a file system in memory, where we may mount one.

import { execFile } from 'node:child_process';
import { open, rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Mounts a disk of that size over an empty folder; null where the system does not let us. */
export async function smallDisk(folder, size) {
  try {
    await run('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'sceau-test', folder]);
  } catch {
    return null;
  }
  const ballast = join(folder, 'ballast');
  return {
    /** Leaves not one block free. */
    async fill() {
      const file = await open(ballast, 'w');
      const block = Buffer.alloc((await statfs(folder)).bsize);
      try {
        for (;;) await file.write(block);
      } catch (error) {
        if (error.code !== 'ENOSPC') throw error;
      } finally {
        await file.close();
      }
    },
    /** Gives the room back. */
    empty: () => rm(ballast),
    release: () => run('umount', [folder]),
  };
}
