import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A bare node server: whatever is asked for, it gives the bytes and the headers of one page, from memory. Prints its address. */
const url = process.argv[2] ?? '';
const page = await fetch(url);
const body = Buffer.from(await page.arrayBuffer());
const names = ['content-type', 'etag', 'last-modified', 'cache-control', 'content-security-policy', 'vary'];
const headers = Object.fromEntries(names.map((name) => [name, page.headers.get(name) ?? '']));

const server = createServer((_request, response) => {
  response.writeHead(200, { ...headers, 'content-length': body.length });
  response.end(body);
});
server.listen(0, '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
});
