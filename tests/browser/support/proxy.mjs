// A wire-tap: passes every byte between browser and relay on, and keeps both directions.

import { createWriteStream } from 'node:fs';
import { createServer, connect } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';

/** Listens on a port of its own and forwards to `port`; writes `wire-NNN-up` and `wire-NNN-down` into `folder`. */
export async function startTap(port, folder) {
  const sockets = new Set();
  const files = [];
  let connections = 0;
  const server = createServer((near) => {
    const far = connect(port, '127.0.0.1');
    const number = String(connections++).padStart(4, '0');
    forward(near, far, join(folder, `wire-${number}-up`));
    forward(far, near, join(folder, `wire-${number}-down`));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  function forward(from, to, path) {
    sockets.add(from);
    const file = createWriteStream(path);
    files.push(file);
    from.on('data', (bytes) => file.write(bytes));
    from.pipe(to);
    // A reset on one side ends the other; neither is an event for the test.
    from.on('error', () => to.destroy());
    from.on('close', () => { sockets.delete(from); file.end(); });
  }

  return {
    url: `http://localhost:${server.address().port}`,
    get connections() { return connections; },
    async stop() {
      server.close();
      sockets.forEach((socket) => socket.destroy());
      await Promise.all(files.map((file) => (file.closed ? null : once(file, 'close'))));
    },
  };
}
