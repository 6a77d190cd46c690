import { describe, expect, it } from 'vitest';
import { finishedRun } from '../../support/event-log.js';
import { parseAtom, type AtomFeed } from '../../support/atom.js';
import { appOf, serverOptions } from '../../support/sites.js';
import type { TestRunEvent } from '../../../src/domain/events.js';

const HOSTILE = `</summary><script>alert("1")</script> & ]]> <!-- 'x' \u0000\u0007\u202e é 雪`;

async function feedOf(path: string, ...events: TestRunEvent[]): Promise<AtomFeed> {
  const app = await appOf(serverOptions(...events));
  const response = await app.inject(path);
  expect(response.statusCode).toBe(200);
  expect(response.headers['content-type']).toBe('application/atom+xml; charset=utf-8');
  return parseAtom(response.body);
}

function day(number: number): string {
  return new Date(Date.UTC(2026, 0, number, 12)).toISOString();
}

/** Runs that pass and fail in turn, a day each: all but the first are news. */
function flips(count: number, job: { package?: string } = {}, firstId = 1): TestRunEvent[] {
  return Array.from({ length: count }, (_, index) =>
    finishedRun(
      { runId: firstId + index, ...job },
      { finishedAt: day(firstId + index), status: index % 2 === 0 ? 'pass' : 'fail' },
    ),
  ).flat();
}

describe('the feed of a package', () => {
  it('is valid Atom with the newest ten news, newest first', async () => {
    const feed = await feedOf('/data/feeds/h/hello.xml', ...flips(14));
    expect(feed.entries.map(({ updated }) => updated)).toEqual(
      Array.from({ length: 10 }, (_, index) => day(14 - index)),
    );
    expect(feed).toMatchObject({
      id: 'https://ci.example.org/data/feeds/h/hello.xml',
      self: 'https://ci.example.org/data/feeds/h/hello.xml',
      href: 'https://ci.example.org/packages/h/hello/',
      updated: day(14),
      author: 'Debian Continuous Integration',
    });
  });

  it('has entries that say what changed and lead to the run', async () => {
    const { entries } = await feedOf('/data/feeds/h/hello.xml', ...flips(2));
    expect(entries).toEqual([
      {
        id: 'https://ci.example.org/packages/h/hello/unstable/amd64/2/',
        href: 'https://ci.example.org/packages/h/hello/unstable/amd64/2/',
        title: 'hello 2.10-3: fail in unstable/amd64 (was pass)',
        updated: day(2),
        summary: 'The tests of hello 2.10-3 in unstable on amd64: pass before, fail now.\nAll tests passed',
      },
    ]);
  });

  it('keeps its entries’ ids and times when more news come', async () => {
    const [before, after] = [
      await feedOf('/data/feeds/h/hello.xml', ...flips(4)),
      await feedOf('/data/feeds/h/hello.xml', ...flips(5)),
    ];
    expect(after.entries.slice(1)).toEqual(before.entries);
  });

  it('is valid without news, and as old as the newest result', async () => {
    const feed = await feedOf('/data/feeds/h/hello.xml', ...flips(1));
    expect(feed).toMatchObject({ entries: [], updated: day(1) });
  });

  it('shows hostile triggers, versions and messages as text', async () => {
    const { entries } = await feedOf(
      '/data/feeds/h/hello.xml',
      ...flips(1),
      ...finishedRun(
        { runId: 2, trigger: HOSTILE },
        { status: 'fail', version: HOSTILE, message: HOSTILE, finishedAt: day(2) },
      ),
    );
    const shown = ['\0', '\u0007', '\u202e'].reduce((text, bad) => text.replace(bad, '\ufffd'), HOSTILE);
    expect(entries[0]?.title).toBe(`hello ${shown}: fail in unstable/amd64 (was pass)`);
    expect(entries[0]?.summary).toContain(`${shown}\nTrigger: ${shown}`);
  });

  it('leaves out what has no version', async () => {
    const { entries } = await feedOf(
      '/data/feeds/h/hello.xml',
      ...flips(1),
      ...finishedRun({ runId: 2 }, { status: 'fail', version: null, finishedAt: day(2) }),
    );
    expect(entries[0]?.title).toBe('hello: fail in unstable/amd64 (was pass)');
  });
});

describe('the feed of all packages', () => {
  it('holds the newest ten news of all', async () => {
    const feed = await feedOf('/data/feeds/all-packages.xml', ...flips(8), ...flips(8, { package: 'libxml2' }, 9));
    expect(feed.entries.map(({ updated }) => updated)).toEqual(
      [...[16, 15, 14, 13, 12, 11, 10], ...[8, 7, 6]].map(day),
    );
  });

  it('is valid while nothing has happened', async () => {
    expect((await feedOf('/data/feeds/all-packages.xml')).entries).toEqual([]);
  });
});

describe('no feed', () => {
  it.each(['h/unknown.xml', 'h/hello', 'x/hello.xml', 'h/hello.xml/', 'h/..%2fhello.xml', 'h/hello.xml.xml', 'h/.xml'])(
    'is at %s',
    async (path) => {
      const app = await appOf(serverOptions(...flips(2)));
      expect((await app.inject(`/data/feeds/${path}`)).statusCode).toBe(404);
    },
  );

  it('is made of a package that has private runs only', async () => {
    const app = await appOf(serverOptions(...finishedRun({ runId: 1, private: true })));
    expect((await app.inject('/data/feeds/h/hello.xml')).statusCode).toBe(404);
  });
});
