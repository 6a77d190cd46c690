import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo } from 'node:net';
import { type TestProject } from 'vitest/node';
import { RabbitNode } from './rabbitmq.js';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Where test files ask for a virtual host of their own. */
    brokerKeeper: string;
  }
}

/**
 * Keeps one RabbitMQ node for the whole run. It is started when the first test file asks for a virtual host, so that
 * a run of other tests does not wait for it, and it ends with the run.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  let node: Promise<RabbitNode> | null = null;
  const keeper = createServer((_request, response) => {
    node ??= RabbitNode.start();
    node
      .then((started) => started.addVhost())
      .then(
        (url) => response.end(url),
        (error: unknown) => response.writeHead(500).end(String(error)),
      );
  }).listen(0, '127.0.0.1');
  await once(keeper, 'listening');
  project.provide('brokerKeeper', `http://127.0.0.1:${(keeper.address() as AddressInfo).port}`);
  return async () => {
    keeper.close();
    await (await node)?.dispose();
  };
}
