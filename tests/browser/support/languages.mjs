// What the page says, in both languages.

import assert from 'node:assert/strict';

/** Reads a place in French, then in English, and leaves the page in French. */
export async function saysInBoth(person, place, { fr, en }) {
  assert.match(await read(place), fr);
  await inEnglish(person, async () => assert.match(await read(place), en));
}

/** Does in French, then in English, what fails, and reads what is said of it; for sentences that a change of language clears. */
export async function failsInBoth(person, act, place, { fr, en }) {
  await act();
  assert.match(await read(place), fr);
  await inEnglish(person, async () => {
    await act();
    assert.match(await read(place), en);
  });
}

/** Whatever comes of it, the page speaks French again afterwards. */
async function inEnglish({ preferences }, act) {
  await preferences.speak('en');
  try {
    await act();
  } finally {
    await preferences.speak('fr');
  }
}

/** The words of a place once it is there, spaces of every kind made plain. */
export async function read(place) {
  await place.first().waitFor();
  return (await place.allInnerTexts()).join('\n').replace(/[\u00a0\u202f]/g, ' ');
}
