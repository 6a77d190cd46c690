import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Closes connections over which nothing was ever asked, which browsers open in advance. Node counts them as busy, so that
 * a server that closes would wait for them, a minute or so.
 * @returns what does it, to be called when the server closes
 */
export function closerOfSilentConnections(server: Server): () => void {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  return () => {
    for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy();
  };
}
