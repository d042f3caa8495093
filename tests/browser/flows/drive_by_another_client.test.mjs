// The relay driven by a client that nobody here wrote: the package `jmap-jam`, over HTTP, with a program's token. No browser.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { clientOf, twoClients } from '../support/clients.mjs';

/** What the client offers and does not get, with the reason. One that succeeds fails the test. */
const LEDGER = [
  ['Blob/copy', 'unknownMethod', 'a member has one account'],
  ['Email/copy', 'unknownMethod', 'a member has one account'],
  ['Email/parse', 'unknownMethod', 'the relay cannot open a letter'],
  ['SearchSnippet/get', 'unknownMethod', 'the relay cannot open a letter'],
  ['VacationResponse/get', 'urn:ietf:params:jmap:error:unknownCapability', 'an answer would have to be sealed'],
  ['VacationResponse/set', 'urn:ietf:params:jmap:error:unknownCapability', 'an answer would have to be sealed'],
];

describe('a client from elsewhere', () => {
  let world;
  let anne;
  let bruno;
  before(async () => {
    world = await twoClients();
    ({ anne, bruno } = world);
  });
  after(() => world?.close());

  const call = async (person, method, more = {}) => (await person.client.request([method, { accountId: person.account, ...more }]))[0];
  const mailbox = async (person, role) => (await call(person, 'Mailbox/query', { filter: { role } })).ids[0];
  const refusal = (promise) => promise.then(() => 'nothing', (error) => error.type ?? error.cause?.type ?? String(error));

  async function imported(person, into, message, keywords = {}) {
    const { blobId } = await person.client.uploadBlob(person.account, message);
    const emails = { new: { blobId, mailboxIds: { [into]: true }, keywords } };
    return (await call(person, 'Email/import', { emails })).created.new.id;
  }

  it('signs in and reads the session', async () => {
    const session = await anne.client.session;
    assert.equal(session.username, anne.address);
    assert.equal(await anne.client.getPrimaryAccount(), anne.account);
    assert.equal(session.capabilities['urn:ietf:params:jmap:core'].maxObjectsInGet, 1000);
    assert.equal(session.accounts[anne.account].accountCapabilities['urn:ietf:params:jmap:mail'].mayCreateTopLevelMailbox, true);
    const stranger = await clientOf(world.relay, 'x').session;
    assert.equal(stranger.type, 'urn:sceau:problem:session_ended');
  });

  it('echoes, and counts what it stores', async () => {
    const [said] = await anne.client.request(['Core/echo', { hello: [1, null, 'é'] }]);
    assert.deepEqual(said, { hello: [1, null, 'é'] });
    const quotas = await anne.client.api.Quota.get({ accountId: anne.account, ids: null });
    assert.deepEqual(quotas[0].list.map((quota) => quota.name).sort(), ['letters', 'octets']);
  });

  it('makes, changes and destroys mailboxes', async () => {
    const { list, state } = await call(anne, 'Mailbox/get', { ids: null });
    assert.ok(['inbox', 'sent', 'drafts', 'trash'].every((role) => list.some((one) => one.role === role)));
    const made = await call(anne, 'Mailbox/set', { create: { a: { name: 'Dossiers' }, b: { name: '2026', parentId: '#a' } } });
    const [top, below] = [made.created.a.id, made.created.b.id];
    await call(anne, 'Mailbox/set', { update: { [below]: { name: '2027', sortOrder: 3 } } });
    const changes = await call(anne, 'Mailbox/changes', { sinceState: state });
    assert.deepEqual(changes.created.sort(), [top, below].sort());
    const found = await call(anne, 'Mailbox/query', { filter: { parentId: top }, sort: [{ property: 'name' }] });
    assert.deepEqual(found.ids, [below]);
    const gone = await call(anne, 'Mailbox/set', { destroy: [below, top] });
    assert.deepEqual(gone.destroyed.sort(), [top, below].sort());
  });

  it('brings blobs up and down, in one and within methods', async () => {
    const bytes = Buffer.from(Array.from({ length: 100_000 }, (_, at) => at % 251));
    const { blobId, size } = await anne.client.uploadBlob(anne.account, bytes);
    assert.equal(size, bytes.length);
    const place = { accountId: anne.account, blobId, mimeType: 'application/octet-stream', fileName: 'x.bin' };
    const answer = await anne.client.downloadBlob(place);
    assert.ok(Buffer.from(await answer.arrayBuffer()).equals(bytes));
    assert.match(await refusal(bruno.client.downloadBlob(place)), /not_found/);
    const { created } = await call(anne, 'Blob/upload', { create: { a: { data: [{ 'data:asText': 'ab' }, { blobId, offset: 1, length: 2 }] } } });
    const got = await call(anne, 'Blob/get', { ids: [created.a.id], properties: ['data:asBase64', 'size'] });
    assert.deepEqual([got.list[0]['data:asBase64'], got.list[0].size], [Buffer.from('ab\x01\x02').toString('base64'), 4]);
  });

  it('keeps sealed letters, finds and reads them in one request', async () => {
    const inbox = await mailbox(anne, 'inbox');
    const id = await imported(anne, inbox, await world.letter('Analyse'), { $seen: true });
    const [results] = await anne.client.requestMany((jam) => {
      const found = jam.Email.query({ accountId: anne.account, filter: { inMailbox: inbox, hasKeyword: '$seen' }, sort: [{ property: 'receivedAt' }] });
      const emails = jam.Email.get({ accountId: anne.account, ids: found.$ref('/ids'), properties: ['subject', 'threadId', 'from', 'header:To:asAddresses', 'attachments'] });
      const threads = jam.Thread.get({ accountId: anne.account, ids: emails.$ref('/list/*/threadId') });
      return { found, emails, threads };
    });
    assert.deepEqual(results.found.ids, [id]);
    const [email] = results.emails.list;
    assert.deepEqual([email.subject, email.from[0].email, email['header:To:asAddresses'][0].email], ['[...]', anne.address, bruno.address]);
    assert.equal(email.attachments[0].type, 'application/pkcs7-mime');
    assert.deepEqual(results.threads.list[0].emailIds, [id]);
  });

  it('changes and destroys letters, and is told what changed', async () => {
    const [inbox, trash] = [await mailbox(anne, 'inbox'), await mailbox(anne, 'trash')];
    const id = await imported(anne, inbox, await world.letter('Radio'));
    const { state } = await call(anne, 'Email/get', { ids: [id], properties: ['id'] });
    const patch = { 'keywords/$flagged': true, [`mailboxIds/${inbox}`]: null, [`mailboxIds/${trash}`]: true };
    await call(anne, 'Email/set', { ifInState: state, update: { [id]: patch } });
    const { list } = await call(anne, 'Email/get', { ids: [id] });
    assert.deepEqual([list[0].keywords, list[0].mailboxIds], [{ $flagged: true }, { [trash]: true }]);
    assert.equal(list[0].cardBlobId, undefined, 'nothing of our own for who did not ask');
    assert.deepEqual((await call(anne, 'Email/changes', { sinceState: state })).updated, [id]);
    assert.equal(await refusal(call(anne, 'Email/set', { ifInState: state, destroy: [id] })), 'stateMismatch');
    assert.deepEqual((await call(anne, 'Email/set', { destroy: [id] })).destroyed, [id]);
  });

  it('is told what changed in what it found', async () => {
    const inbox = await mailbox(anne, 'inbox');
    const filter = { inMailbox: inbox };
    const [mailboxes, emails, submissions] = await Promise.all([['Mailbox', {}], ['Email', { filter }], ['EmailSubmission', {}]].map(([type, query]) => call(anne, `${type}/query`, query)));
    const id = await imported(anne, inbox, await world.letter('Biopsie'));
    const { created } = await call(anne, 'Mailbox/set', { create: { a: { name: 'Suivi' } } });
    const told = await call(anne, 'Email/queryChanges', { sinceQueryState: emails.queryState, filter, calculateTotal: true });
    assert.deepEqual([told.removed, told.added, told.total], [[], [{ id, index: 0 }], emails.ids.length + 1]);
    const toldMailboxes = await call(anne, 'Mailbox/queryChanges', { sinceQueryState: mailboxes.queryState });
    assert.ok(toldMailboxes.added.some((item) => item.id === created.a.id));
    const toldSubmissions = await call(anne, 'EmailSubmission/queryChanges', { sinceQueryState: submissions.queryState });
    assert.deepEqual([toldSubmissions.removed, toldSubmissions.added], [[], []]);
    await call(anne, 'Mailbox/set', { destroy: [created.a.id] });
    await call(anne, 'Email/set', { destroy: [id] });
  });

  it('sends a letter, and takes one back', async () => {
    const drafts = await mailbox(anne, 'drafts');
    const emailId = await imported(anne, drafts, await world.letter('Compte rendu'), { $draft: true });
    const identityId = (await call(anne, 'Identity/get', { ids: null })).list[0].id;
    const held = { mailFrom: { email: anne.address, parameters: { HOLDFOR: '600' } }, rcptTo: [{ email: bruno.address }] };
    const create = { now: { emailId, identityId }, later: { emailId, identityId, envelope: held } };
    const { created } = await call(anne, 'EmailSubmission/set', { create, onSuccessUpdateEmail: { '#now': { 'keywords/$draft': null } } });
    const undo = await call(anne, 'EmailSubmission/set', { update: { [created.later.id]: { undoStatus: 'canceled' } } });
    assert.deepEqual(Object.keys(undo.updated), [created.later.id]);
    const found = await call(anne, 'EmailSubmission/query', { filter: { undoStatus: 'final' } });
    assert.deepEqual(found.ids, [created.now.id]);
    const { list } = await call(anne, 'EmailSubmission/get', { ids: found.ids });
    assert.equal(list[0].deliveryStatus[bruno.address].delivered, 'yes');
    const inbox = await call(bruno, 'Email/query', { filter: { inMailbox: await mailbox(bruno, 'inbox') }, calculateTotal: true });
    assert.equal(inbox.total, 1);
    assert.deepEqual((await call(anne, 'Email/get', { ids: [emailId], properties: ['keywords'] })).list[0].keywords, {});
  });

  it('makes a push subscription and ends it', async () => {
    const create = { a: { deviceClientId: 'jam', url: 'https://push.sceau.example/1', types: ['Email'] } };
    const [made] = await anne.client.request(['PushSubscription/set', { create }]);
    const { id } = made.created.a;
    const [wrong] = await anne.client.request(['PushSubscription/set', { update: { [id]: { verificationCode: 'x' } } }]);
    assert.equal(wrong.notUpdated[id].type, 'invalidProperties');
    const [ended] = await anne.client.request(['PushSubscription/set', { destroy: [id] }]);
    assert.deepEqual(ended.destroyed, [id]);
  });

  it('is told of errors by their names', async () => {
    const cases = [
      [() => call(anne, 'Email/get', { ids: Array.from({ length: 1001 }, (_, at) => `e${at}`) }), 'requestTooLarge'],
      [() => call(anne, 'Email/query', { filter: { subject: 'x' } }), 'unsupportedFilter'],
      [() => call(anne, 'Email/query', { sort: [{ property: 'colour' }] }), 'unsupportedSort'],
      [() => call(anne, 'Email/query', { anchor: 'e999999' }), 'anchorNotFound'],
      [() => call(anne, 'Email/changes', { sinceState: 'nonsense' }), 'cannotCalculateChanges'],
      [() => call(anne, 'Mailbox/get', { accountId: bruno.account }), 'accountNotFound'],
      [() => call(anne, 'Mailbox/get', { ids: 7 }), 'invalidArguments'],
      [() => anne.client.request(['Core/echo', {}], { using: ['urn:example'] }), 'urn:ietf:params:jmap:error:unknownCapability'],
    ];
    for (const [attempt, expected] of cases) assert.equal(await refusal(attempt()), expected);
  });

  for (const [method, expected, reason] of LEDGER) {
    it(`does not get ${method}: ${reason}`, async () => {
      assert.equal(await refusal(call(anne, method, { ids: [], fromAccountId: anne.account })), expected);
    });
  }
});
