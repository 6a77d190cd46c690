import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { createServer } from '../../src/web/server.js';
import { serverOptions } from '../support/sites.js';

it('a server that closes does not wait for connections over which nothing was asked', async () => {
  const server = await createServer(serverOptions());
  const { hostname, port } = new URL(await server.listen(0, '127.0.0.1'));
  const socket = connect(Number(port), hostname);
  onTestFinished(() => void socket.destroy());
  const ended = once(socket, 'close');
  await once(socket, 'connect');
  // An answer tells that the server has seen the connection before it.
  await (await fetch(`http://${hostname}:${port}/healthz`)).text();
  await server.close();
  await ended;
  expect(socket.destroyed).toBe(true);
});
