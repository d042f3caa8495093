// A proxy that lets nothing through and remembers who was asked for.

import { once } from 'node:events';
import { createServer } from 'node:http';

/** `asked` holds the host of every request that came, whether as a whole address or as a tunnel. */
export async function startTrap() {
  const asked = [];
  const server = createServer((request, response) => {
    asked.push(URL.canParse(request.url) ? new URL(request.url).host : request.url);
    response.writeHead(502).end();
  });
  server.on('connect', (request, socket) => {
    asked.push(request.url);
    socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: server.address().port,
    asked,
    stop() {
      server.closeAllConnections();
      server.close();
    },
  };
}
