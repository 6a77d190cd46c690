import { describe, expect, it } from 'vitest';
import type { TestRunEvent } from '../../../src/domain/events.js';
import type { Status } from '../../../src/domain/verdict.js';
import { parseXml, type Element } from '../../support/atom.js';
import { aJob, finishedRun } from '../../support/event-log.js';
import { appOf, serverOptions } from '../../support/sites.js';

const SVG = '{http://www.w3.org/2000/svg}';

async function badge(path: string, ...events: TestRunEvent[]): Promise<Element> {
  const app = await appOf(serverOptions(...events));
  const { statusCode, headers, body } = await app.inject(path);
  expect([statusCode, headers['content-type']]).toEqual([200, 'image/svg+xml; charset=utf-8']);
  expect(body).not.toMatch(/href|style|script|url\((?!#)/);
  return parseXml(body);
}

function titleOf(svg: Element): string | undefined {
  expect(svg.attributes.role).toBe('img');
  const title = svg.children.find(({ name }) => name === `${SVG}title`)?.text;
  expect(svg.attributes['aria-label']).toBe(title);
  return title;
}

function on(arches: Readonly<Record<string, Status>>): TestRunEvent[] {
  return Object.entries(arches).flatMap(([arch, status], index) => finishedRun({ runId: index + 1, arch }, { status }));
}

describe('the badge of a package', () => {
  it.each([
    ['pass', on({ amd64: 'pass' })],
    ['pass', on({ amd64: 'pass', arm64: 'neutral', riscv64: 'tmpfail' })],
    ['fail', on({ amd64: 'fail' })],
    ['fail (1 of 3)', on({ amd64: 'pass', arm64: 'fail', riscv64: 'pass' })],
    ['neutral', on({ amd64: 'neutral', arm64: 'tmpfail' })],
    ['tmpfail', on({ amd64: 'tmpfail' })],
    ['unknown', [{ type: 'TestEnqueued', data: aJob({ runId: 1 }) } as const]],
  ])('says %s', async (text, events) => {
    expect(titleOf(await badge('/data/badges/h/hello.svg', ...events))).toBe(`autopkgtest of hello: ${text}`);
  });
});

describe('the badge of a package in a suite on an architecture', () => {
  it('looks at nothing else', async () => {
    const svg = await badge('/data/badges/h/hello/unstable/arm64.svg', ...on({ amd64: 'fail', arm64: 'pass' }));
    expect(titleOf(svg)).toBe('autopkgtest of hello in unstable/arm64: pass');
  });
});

describe('no badge', () => {
  it.each([
    'h/hello',
    'h/other.svg',
    'x/hello.svg',
    'h/hello/testing/amd64.svg',
    'h/hello/unstable/amd64',
    'h/private.svg',
  ])('is at %s', async (path) => {
    const events = [...on({ amd64: 'pass' }), ...finishedRun({ runId: 9, package: 'private', private: true })];
    const app = await appOf(serverOptions(...events));
    expect((await app.inject(`/data/badges/${path}`)).statusCode).toBe(404);
  });
});
