// Keys that are pressed where they cannot be waited for.

/**
 * Presses a key at which the frame goes that has the focus. Chromium tells its driver that a key was pressed once that frame has
 * dealt with it, so never when it went before: what the key does is waited for, not the key.
 */
export async function pressAway(page, key, gone) {
  page.keyboard.press(key).catch(() => {});
  await gone.waitFor({ state: 'detached' });
}
