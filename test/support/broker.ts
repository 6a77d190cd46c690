import { describe, inject, it } from 'vitest';
import { rabbitmqMissing } from './rabbitmq.js';

/** Tests that need a real RabbitMQ: skipped, by name, where it is not installed; in CI they fail there. */
export function describeWithRabbitmq(name: string, body: () => void): void {
  if (rabbitmqMissing === null) describe(name, body);
  else if (process.env.CI === 'true') describe(name, missing(rabbitmqMissing));
  else describe.skip(`${name} (${rabbitmqMissing})`, body);
}

function missing(reason: string): () => void {
  return () => {
    it('has a RabbitMQ to run on', () => {
      throw new Error(reason);
    });
  };
}

/** The address of an empty virtual host on the run's shared RabbitMQ. The first call waits for the node to start. */
export async function freshVhost(): Promise<string> {
  const response = await fetch(inject('brokerKeeper'), { method: 'POST' });
  const text = await response.text();
  if (!response.ok) throw new Error(text);
  return text;
}
