// Interleaved measuring: in every round each contender runs in turn (A B C, B C A, ...), so that what else the machine does
// falls on all of them.

async function onceFor(contender) {
  const start = performance.now();
  await contender.run();
  return performance.now() - start;
}

/** Runs before counting, so that no figure is of code that the engine has yet to compile for speed. Gives the last one's time. */
async function warmed(contender, warmMs) {
  const until = performance.now() + warmMs;
  let last = await onceFor(contender);
  while (performance.now() < until) last = await onceFor(contender);
  return last;
}

/**
 * Milliseconds of one run of each contender, per round. A contender is `{ name, run, times = 1 }`: its run is a part of the
 * whole job, which takes `times` as long. All of them run for `warmMs` first.
 */
export async function compare(contenders, { rounds, leastMs, warmMs }) {
  const measured = new Map();
  for (const contender of contenders) {
    const once = await warmed(contender, warmMs);
    measured.set(contender, { repeats: Math.max(1, Math.ceil(leastMs / Math.max(once, 0.001))), times: [] });
  }
  for (let round = 0; round < rounds; round += 1) {
    for (let turn = 0; turn < contenders.length; turn += 1) {
      const contender = contenders[(round + turn) % contenders.length];
      const { repeats, times } = measured.get(contender);
      const start = performance.now();
      for (let repeat = 0; repeat < repeats; repeat += 1) await contender.run();
      times.push(((performance.now() - start) / repeats) * (contender.times ?? 1));
    }
  }
  return contenders.map((contender) => ({ name: contender.name, ...summary(measured.get(contender).times) }));
}

function summary(times) {
  const sorted = times.toSorted((one, other) => one - other);
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  return { median, least: sorted[0], most: sorted.at(-1) };
}
