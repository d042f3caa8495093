// Somebody between the browser and the relay who can read what is asked, change what is answered, hold a letter on its
// way, or let nothing through: a relay that lies, and a line that breaks. It speaks HTTP and nothing of ours.

import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, request as ask } from 'node:http';

/** Listens on a port of its own; `port` is the relay's. */
export async function startMiddleman(port) {
  const state = { port, called: [], changes: [], hold: null, cut: false };
  const server = createServer((request, response) => pass(state, request, response));
  // A browser keeps its connections for as long as it likes.
  server.keepAliveTimeout = 0;
  server.requestTimeout = 0;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://localhost:${server.address().port}`,
    /** The JMAP methods asked for so far, in their order. */
    get called() { return [...state.called]; },
    /** Changes every answer of a JMAP method from now on. */
    changeAnswers(method, change) { state.changes.push({ method, change }); },
    /** Lets half of the next upload of at least so many bytes through, and no more; resolves when half is there. */
    holdUpload(least) {
      return new Promise((reached) => { state.hold = { least, reached }; });
    },
    /** Nothing gets through any more, and what was open is closed. */
    cut() {
      state.cut = true;
      server.closeAllConnections();
    },
    /** Everything gets through again, unchanged. */
    repair() { Object.assign(state, { changes: [], hold: null, cut: false }); },
    async stop() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

/** Has the directory name these keys for an address from now on, whosever they are. */
export async function offers(middleman, address, { certificates }) {
  const offered = [await base64(certificates.encrypt)];
  middleman.changeAnswers('Directory/lookup', ({ list }) => {
    for (const entry of list) if (entry.address === address) entry.certificates = offered;
  });
}

/** A certificate or a list (a file, PEM or DER) as a relay hands it on. */
export async function base64(file) {
  const bytes = await readFile(file);
  const armoured = bytes.toString('latin1').match(/-----BEGIN [^-]+-----([^-]+)-----END/);
  return armoured ? armoured[1].replace(/\s/g, '') : bytes.toString('base64');
}

async function pass(state, request, response) {
  if (state.cut) return response.destroy();
  const far = ask({ host: '127.0.0.1', port: state.port, method: request.method, path: request.url, headers: request.headers });
  far.on('error', () => response.destroy());
  response.on('close', () => far.destroy());
  try {
    const method = await forward(state, request, far);
    const [answer] = await once(far, 'response');
    await back(state.changes.filter((one) => one.method === method), answer, response);
  } catch {
    // Either side broke off: the other hears the same.
    response.destroy();
  }
  return undefined;
}

/** Hands a request on, and says which JMAP method it asks for. */
async function forward(state, request, far) {
  const length = Number(request.headers['content-length'] ?? 0);
  if (request.url === '/jmap/api') {
    const body = await whole(request);
    const method = JSON.parse(body).methodCalls[0][0];
    state.called.push(method);
    far.end(body);
    return method;
  }
  if (state.hold && length >= state.hold.least) return holdHalf(state, request, far, length);
  request.pipe(far);
  return null;
}

/** Stops in the middle; the browser waits until somebody breaks the line. */
async function holdHalf(state, request, far, length) {
  const { reached } = state.hold;
  state.hold = null;
  let passed = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    far.write(chunk);
    passed += chunk.length;
    if (passed * 2 >= length) break;
  }
  reached();
  await once(far, 'close');
  throw new Error('the line broke');
}

async function back(changes, answer, response) {
  if (changes.length === 0 || answer.statusCode !== 200) {
    response.writeHead(answer.statusCode, answer.headers);
    response.flushHeaders();
    answer.on('error', () => response.destroy());
    answer.pipe(response);
    return;
  }
  const body = JSON.parse(await whole(answer));
  for (const { change } of changes) change(body.methodResponses[0][1]);
  const changed = Buffer.from(JSON.stringify(body));
  const { 'transfer-encoding': _, ...headers } = answer.headers;
  response.writeHead(200, { ...headers, 'content-length': changed.length });
  response.end(changed);
}

async function whole(stream) {
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}
