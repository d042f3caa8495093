// Letters put into the relay without a browser, as an account's program or the relay's own keeper could.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { relayCommand } from './relay.mjs';

const USING = ['urn:ietf:params:jmap:core', 'urn:sceau:jmap:letter'];

/** Has the relay deliver a sealed letter (a file) in the name of an account. */
export async function deliver(practice, { from, to, letter }) {
  const session = JSON.parse(await relayCommand('token', 'create', from, '--data', practice.at('relay'), '--json'));
  const { blobId } = await post(practice, session, `/jmap/upload/${session.accountId}/`, await readFile(letter), 'application/octet-stream');
  const order = {
    accountId: session.accountId,
    clientLetterId: blobId,
    sentCopy: { blobId },
    envelopes: [{ blobId, rcptTo: [to] }],
  };
  const body = JSON.stringify({ using: USING, methodCalls: [['Letter/send', order, '0']] });
  const { methodResponses } = await post(practice, session, '/jmap/api', body, 'application/json');
  assert.equal(methodResponses[0][0], 'Letter/send', JSON.stringify(methodResponses));
}

async function post(practice, session, path, body, type) {
  const headers = { authorization: `Bearer ${session.token}`, 'content-type': type };
  const answer = await fetch(`${practice.relay.url}${path}`, { method: 'POST', headers, body });
  assert.ok(answer.ok, `${path} answered ${answer.status}`);
  return answer.json();
}
