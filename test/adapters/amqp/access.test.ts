import { createServer } from 'node:net';
import { once } from 'node:events';
import { type AddressInfo } from 'node:net';
import { beforeAll, describe, expect, it } from 'vitest';
import { AmqpBus } from '../../../src/adapters/amqp/bus.js';
import { InvalidInputError } from '../../../src/domain/errors.js';
import { type Logger } from '../../../src/domain/ports/logger.js';
import { BusAccessError, BusUnavailableError } from '../../../src/domain/ports/message-bus.js';
import { describeWithRabbitmq, freshVhost } from '../../support/broker.js';
import { silentLogger } from '../../support/loggers.js';
import { freePort } from '../../support/rabbitmq.js';

const SECRET = 's3cr3t/p@ss';
const LOGIN = `someone:${encodeURIComponent(SECRET)}`;

/** Connects in vain; returns the error and all that was said on the way, errors' causes and log lines alike. */
async function failure(url: string, more: object = {}): Promise<{ error: Error; said: string }> {
  const lines: unknown[] = [];
  const log = (fields: object, message: string): void => void lines.push(fields, message);
  const logger: Logger = { debug: log, info: log, warn: log, error: log };
  const connecting = AmqpBus.connect({ url, logger, patienceMs: 2000, ...more });
  const error = await connecting.then(
    () => Promise.reject(new Error('it connected')),
    (reason: unknown) => reason as Error,
  );
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) lines.push(cause.message, cause.stack);
  return { error, said: lines.map((line) => JSON.stringify(line)).join('\n') };
}

describe('an AMQP bus that cannot connect', () => {
  it('says where it tried and that it was refused, without the password', async () => {
    const port = await freePort();
    const { error, said } = await failure(`amqp://${LOGIN}@127.0.0.1:${port}/vh`);
    expect(error).toBeInstanceOf(BusUnavailableError);
    expect(error).not.toBeInstanceOf(BusAccessError);
    expect(error.message).toBe(`cannot reach amqp://127.0.0.1:${port}/vh: connection refused`);
    expect(said).not.toContain('s3cr3t');
  });

  it('says that the host is not known', async () => {
    const { error, said } = await failure(`amqp://${LOGIN}@broker.invalid`);
    expect(error.message).toMatch(
      /^cannot reach amqp:\/\/broker\.invalid:5672: the host name (is not known|cannot be)/,
    );
    expect(said).not.toContain('s3cr3t');
  });

  it('gives up on one that accepts and says nothing', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { error } = await failure(`amqp://127.0.0.1:${(server.address() as AddressInfo).port}`, { patienceMs: 200 });
    expect(error).toBeInstanceOf(BusUnavailableError);
    server.close();
  });

  it('keeps trying where that is asked for, until its signal aborts', async () => {
    const port = await freePort();
    const controller = new AbortController();
    let attempts = 0;
    const warn = (): void => {
      if (++attempts === 3) controller.abort();
    };
    const { error } = await failure(`amqp://${LOGIN}@127.0.0.1:${port}`, {
      logger: { ...silentLogger, warn },
      retryFirst: true,
      signal: controller.signal,
      backoff: { minMs: 1, maxMs: 5 },
    });
    expect(error).toBeInstanceOf(BusUnavailableError);
    expect(attempts).toBe(3);
  });

  it.each([
    'localhost',
    `http://${LOGIN}@localhost`,
    `amqp://${LOGIN}@`,
    `amqp://${LOGIN}@local host`,
    `amqp://someone:s3cr3t%@localhost`,
  ])('refuses the URL %j without telling what may be a password', async (url) => {
    const { error, said } = await failure(url);
    expect(error).toBeInstanceOf(InvalidInputError);
    expect(said).not.toContain('s3cr3t');
  });
});

describeWithRabbitmq('an AMQP bus whose broker refuses it', () => {
  let url: URL;
  beforeAll(async () => {
    url = new URL(await freshVhost());
  });

  it.each([false, true])('says so and does not try again (retryFirst: %s)', async (retryFirst) => {
    const wrong = new URL(url);
    wrong.password = encodeURIComponent(SECRET);
    const { error, said } = await failure(wrong.href, { retryFirst });
    expect(error).toBeInstanceOf(BusAccessError);
    expect(error.message).toContain(`no access to amqp://${url.host}${url.pathname}: `);
    expect(error.message).toContain('Login was refused');
    expect(said).not.toContain('s3cr3t');
  });

  it('says that the virtual host may not be there', async () => {
    const wrong = new URL(url);
    wrong.pathname = '/nowhere';
    const { error } = await failure(wrong.href);
    expect(error).toBeInstanceOf(BusUnavailableError);
    expect(error.message).toContain('/nowhere: the virtual host is not there');
  });
});
