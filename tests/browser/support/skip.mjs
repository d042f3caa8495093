// A test that cannot run here says so where everybody sees it.

/** Skips a test, aloud. */
export function skipLoudly(test, why) {
  console.error(`SKIPPED: ${test.name}: ${why}`);
  test.skip(why);
}
