// A machine whose clock is wrong, as far as the page and its worker can see.

/**
 * Sets the clock of an open page and of its workers wrong, by so many seconds. Playwright's own clock does not reach
 * workers, and there the client reads the time; so `Date.now`, the only clock either of them reads, is replaced in
 * both. To be done before signing in, and again after a reload.
 */
export async function setClockWrong(page, seconds) {
  const shift = (milliseconds) => {
    const right = Date.now.bind(Date);
    Date.now = () => right() + milliseconds;
  };
  const workers = page.workers();
  if (workers.length === 0) throw new Error('the page has no worker yet');
  await Promise.all([page, ...workers].map((place) => place.evaluate(shift, seconds * 1000)));
}
