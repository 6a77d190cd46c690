import { beforeEach, describe, expect, it } from 'vitest';
import { BusUnavailableError } from '../../../src/domain/ports/message-bus.js';
import { OPERATOR_KEY } from '../../graphql/world.js';
import { appOf, serverOptions } from '../../support/sites.js';
import { Rest } from '../api/rest.js';

let rest: Rest;

beforeEach(async () => {
  rest = await Rest.start();
});

describe('a call', () => {
  it('is told whose key it brings', async () => {
    const { statusCode, headers, body } = await rest.call('GET', '/auth');
    expect([statusCode, headers['auth-user'], body]).toEqual([200, 'alice', '']);
    expect((await rest.call('GET', '/auth', OPERATOR_KEY)).headers['auth-user']).toBe('operator');
  });

  it.each([
    ['GET', '/auth'],
    ['GET', '/reject_list'],
    ['GET', '/packages'],
    ['GET', '/test'],
    ['GET', '/job_state/1'],
    ['POST', '/test/unstable/amd64/hello'],
    ['POST', '/test/unstable/amd64'],
    ['POST', '/test/batch'],
    ['POST', '/test/publish'],
    ['POST', '/retry/1'],
  ] as const)('without a good key is refused: %s %s', async (method, url) => {
    for (const key of [null, 'unknown']) {
      const { statusCode, body, headers } = await rest.call(method, url, key);
      expect([statusCode, headers['content-type']]).toEqual([403, 'text/plain; charset=utf-8']);
      expect(body).toMatch(/API key/);
    }
    expect(await rest.world.enqueued()).toEqual([]);
  });

  it('of what is not there finds nothing', async () => {
    expect((await rest.call('GET', '/nothing')).statusCode).toBe(404);
    expect((await rest.app.inject('/api/')).statusCode).toBe(404);
  });

  it('that cannot be carried out now says so, and nothing of why', async () => {
    const { requests: usual } = serverOptions();
    const requests = { ...usual, enqueue: () => Promise.reject(new BusUnavailableError('amqp://secret')) };
    const cut = await appOf({ ...serverOptions(), requests, callerOf: () => ({ user: 'alice', operator: false }) });
    const { statusCode, body } = await cut.inject({ method: 'POST', url: '/api/v1/test/unstable/amd64/hello' });
    expect([statusCode, body]).toEqual([503, 'this cannot be done now; the log of the server says why\n']);
  });
});
