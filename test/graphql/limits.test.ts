import { describe, expect, it } from 'vitest';
import { getIntrospectionQuery } from 'graphql';
import { World, type Answer } from './world.js';

const codes = ({ errors }: Answer): string[] => (errors ?? []).map(({ extensions }) => extensions.code);
const times = (count: number, text: (index: number) => string): string =>
  Array.from({ length: count }, (_, n) => text(n)).join(' ');

describe('a query', () => {
  it('may ask what the schema is', async () => {
    const { data, errors } = await World.start().ask(getIntrospectionQuery());
    expect(errors).toBeUndefined();
    expect(data).toHaveProperty('__schema.types');
  });

  it.each([
    [
      'costs too much',
      '{ packageStatuses(first: 100) { nodes { tests(first: 100) { nodes { runId status } } } } }',
      {},
    ],
    [
      'costs too much by its variables',
      'query ($n: Int!) { packageStatuses(first: $n) { nodes { tests(first: $n) { nodes { runId status } } } } }',
      { n: 100 },
    ],
    ['has too many aliases', `{ ${times(31, (n) => `a${n}: position`)} }`, {}],
    [
      'spreads its fragments exponentially',
      `{ ...f0 } ${times(20, (n) => `fragment f${n} on Query { ...f${n + 1} x${n}: queue { nodes { runId } } ...f${n + 1} }`)}
       fragment f20 on Query { ${times(10, (n) => `y${n}: tests(first: 100) { nodes { runId ...t } }`)} }
       fragment t on Test { pins { packages } testCases { name result } reasons { from to package } version status }`,
      {},
    ],
  ])('that %s is refused before anything is done', async (_, query, variables) => {
    expect(codes(await World.start().ask(query, variables))).toEqual(['E_QUERY_TOO_LARGE']);
  });

  it('of which a variable makes little is answered', async () => {
    const query =
      'query ($n: Int!) { packageStatuses(first: $n) { nodes { tests(first: $n) { nodes { runId status } } } } }';
    expect(codes(await World.start().ask(query, { n: 10 }))).toEqual([]);
  });

  it.each([
    ['is too long', `{ ${times(1100, () => 'position')} }`],
    [
      'asks for the schema in circles',
      `{ __schema { types ${'{ fields { type '.repeat(6)} { name } ${'} }'.repeat(6)} } }`,
    ],
    ['is not well formed', '{ position'],
    ['does not fit the schema', '{ nothing }'],
    ['spreads a fragment into itself', '{ ...f } fragment f on Query { position ...f }'],
    ['gives a variable of another type', 'query ($n: Int!) { queue(first: $n) { nodes { runId } } }'],
  ])('that %s is refused with a code', async (_, query) => {
    const answer = await World.start().ask(query);
    expect(answer.errors?.length).toBeGreaterThan(0);
    expect(new Set(codes(answer))).toEqual(new Set(['E_BAD_QUERY']));
  });

  it('comes alone', async () => {
    const answer = await World.start().post(JSON.stringify([{ query: '{ position }' }, { query: '{ position }' }]));
    expect(answer.errors).toBeDefined();
    expect(answer.data).toBeUndefined();
  });
});

describe('an error', () => {
  it('of ours inside tells its code and nothing else, and is logged', async () => {
    const world = World.start();
    world.readModel.close();
    const { errors, data } = await world.ask('{ queueSize { pending } }');
    expect(data).toBeNull();
    expect(errors).toMatchObject([
      {
        message: 'the server could not do this; its log says why',
        path: ['queueSize'],
        extensions: { code: 'E_INTERNAL' },
      },
    ]);
    expect(JSON.stringify(errors)).not.toMatch(/database|sqlite|stack/i);
    expect(world.logged).toHaveLength(1);
  });

  it('of the caller is told, and not logged', async () => {
    const world = World.start();
    const { errors } = await world.ask('{ package(name: "Bad!") { name } }');
    expect(errors).toMatchObject([
      {
        message: expect.stringMatching(/^name: "Bad!" is not allowed; allowed is /) as string,
        extensions: { code: 'E_INVALID_INPUT' },
      },
    ]);
    expect(world.logged).toEqual([]);
  });
});

describe('a request', () => {
  it('with a body of more than a megabyte is refused', async () => {
    const url = await World.start().listen();
    const body = JSON.stringify({ query: `{ position } # ${'x'.repeat(1024 * 1024)}` });
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    expect([response.status, await response.json()]).toMatchObject([
      413,
      { errors: [{ extensions: { code: 'E_BODY_TOO_LARGE' } }] },
    ]);
  });

  it('may come from a page of any origin, but brings no cookies with it', async () => {
    const url = await World.start().listen();
    const headers = { 'content-type': 'application/json', origin: 'https://dashboard.example.org' };
    const response = await fetch(`${url}/graphql`, { method: 'POST', headers, body: '{"query":"{ position }"}' });
    expect(response.headers.get('access-control-allow-origin')).toBe('https://dashboard.example.org');
    expect(response.headers.get('access-control-allow-credentials')).not.toBe('true');
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(await response.json()).toEqual({ data: { position: null } });
  });
});
