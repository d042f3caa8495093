// The search that other tests rely on finds what it must: a search that cannot find proves nothing.

import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { extent, hitsBelow, hitsIn, spellings } from '../support/canaries.mjs';
import { newFolder } from '../support/relay.mjs';

const WORD = 'Éloïse Nœuvéglise';
const LATIN = 'échocardiographie';

describe('the search for planted words', () => {
  let folder;
  before(async () => { folder = await newFolder('search'); });
  after(() => folder.remove());

  it('finds a word at each of the three alignments of base64', () => {
    for (const lead of ['', 'a', 'ab']) {
      const text = Buffer.from(`${lead}${WORD} et la suite`).toString('base64');
      const hits = hitsIn(Buffer.from(text), [WORD], 'a text');
      assert.equal(hits.length, 1, `with ${lead.length} bytes before: ${hits}`);
      assert.match(hits[0], new RegExp(`base64 of utf-8 at ${lead.length}`));
    }
  });

  it('finds Latin-1 where the word has one, and UTF-16', () => {
    assert.equal(hitsIn(Buffer.from(LATIN, 'latin1'), [LATIN], 'x').length, 1);
    assert.equal(hitsIn(Buffer.from(LATIN, 'utf16le'), [LATIN], 'x').length, 1);
    assert.ok(!spellings(WORD).some(({ spelling }) => spelling === 'latin-1'), 'œ is not Latin-1');
  });

  it('finds a word in a file and in the name of a file, below folders', async () => {
    await mkdir(join(folder.path, 'deep'));
    await writeFile(join(folder.path, 'deep', 'letter'), `x${WORD}y`);
    await writeFile(join(folder.path, `${LATIN}.txt`), 'nothing');
    const hits = await hitsBelow(folder.path, [WORD, LATIN]);
    assert.deepEqual(hits.length, 2, hits.join('\n'));
    assert.deepEqual(await extent(folder.path), { files: 2, bytes: Buffer.byteLength(`x${WORD}ynothing`) });
  });

  it('does not find what is not there', () => {
    assert.deepEqual(hitsIn(Buffer.alloc(100_000, 'nothing to see '), [WORD, LATIN], 'x'), []);
  });
});
