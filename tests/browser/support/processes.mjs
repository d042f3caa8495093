// Processes as the system sees them: found by what they were started with, ended by their numbers.

import { readdir, readFile } from 'node:fs/promises';

/** How often a process is looked at while waiting for its end. */
const LOOK_MS = 20;

/** Ends the program started with this argument, and everything it started, at once: as a power cut would. */
export async function killTree(argument) {
  const all = await processes();
  const withIt = all.filter(({ words }) => words.includes(argument));
  const root = withIt.find(({ parent }) => !withIt.some(({ pid }) => pid === parent));
  if (!root) throw new Error(`no program was started with ${argument}`);
  const tree = [root, ...below(all, root.pid)];
  tree.forEach(({ pid }) => end(pid));
  for (const { pid } of tree) await gone(pid);
  return tree.length;
}

async function processes() {
  const names = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(names.map((name) => about(Number(name))));
  return found.filter((one) => one !== null);
}

async function about(pid) {
  try {
    const [line, stat] = await Promise.all([readFile(`/proc/${pid}/cmdline`, 'utf8'), readFile(`/proc/${pid}/stat`, 'utf8')]);
    const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { pid, parent: Number(parent), state, words: line.split(/\0| (?=--)/) };
  } catch {
    // It ended while we looked.
    return null;
  }
}

function below(all, pid) {
  return all.filter(({ parent }) => parent === pid).flatMap((child) => [child, ...below(all, child.pid)]);
}

function end(pid) {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}

/** A process nobody has buried yet runs no more: that is enough. */
async function gone(pid) {
  for (;;) {
    const found = await about(pid);
    if (found === null || 'ZX'.includes(found.state)) return;
    await new Promise((resolve) => { setTimeout(resolve, LOOK_MS); });
  }
}
