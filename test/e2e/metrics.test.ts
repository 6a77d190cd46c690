import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { describeWithRabbitmq } from '../support/broker.js';
import { build } from '../support/debci.js';
import { temporaryFolder } from '../support/folder.js';
import { RabbitNode } from '../support/rabbitmq.js';
import { Service } from '../support/service.js';

describeWithRabbitmq('debci server and its broker', () => {
  let broker: RabbitNode;
  const services: Service[] = [];
  const folder = temporaryFolder();
  beforeAll(async () => {
    await build();
    broker = await RabbitNode.start();
  }, 120_000);
  afterAll(async () => {
    await Promise.all(services.map((service) => service.kill()));
    await broker.dispose();
    folder.remove();
  });

  const start = (command: string, ...args: string[]): Service => {
    const service = new Service([command, '--amqp', broker.url, '--data-dir', folder.path, ...args]);
    services.push(service);
    return service;
  };

  it('tells in /metrics how it is; the pages are served without it', async () => {
    const collector = start('collector');
    // It makes the log that the server reads.
    await collector.said('collector ready');
    await collector.kill();
    const server = start('server', '--port', '0');
    const { url } = await server.said('pages are served');
    const state = async (name: string): Promise<void> => {
      const metrics = await (await fetch(new URL('/metrics', String(url)))).text();
      expect(metrics).toContain(`debci_bus_state{state="${name}"} 1`);
    };
    await vi.waitFor(() => state('connected'), 60_000);
    await broker.kill();
    await vi.waitFor(() => state('reconnecting'), 60_000);
    const metrics = await (await fetch(new URL('/metrics', String(url)))).text();
    expect(metrics).toMatch(/debci_bus_troubles_total\{kind="connection-lost"\} 1\n/);
    await broker.boot();
    await vi.waitFor(() => state('connected'), 60_000);
    expect(await server.stop()).toBe(0);
  });
});
