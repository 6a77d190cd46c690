import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished, vi, type Mock } from 'vitest';
import type { MemoryEventStore } from '../../src/adapters/memory/event-store.js';
import type { Position } from '../../src/domain/ports/event-store.js';
import type { Logger } from '../../src/domain/ports/logger.js';
import { openForWriting } from '../../src/projections/database.js';
import { Projector } from '../../src/projections/projector.js';
import { openReadModel } from '../../src/projections/read-model.js';
import { ReadModelWriter } from '../../src/projections/writer.js';
import { Renderer } from '../../src/web/renderer.js';
import { newEvent } from '../support/events.js';
import { aJob, appendTo, finishedRun, storeOf } from '../support/event-log.js';
import { silentLogger } from '../support/loggers.js';
import { readModelPath, temporaryFolder } from '../support/read-models.js';
import { ASSETS, siteOf } from '../support/sites.js';

/** How far the pages have come, and a promise of when they have come further. */
class Checkpoints {
  position: Position | null = null;
  readonly #waiting: { position: Position; resolve: () => void }[] = [];

  load(): Position | null {
    return this.position;
  }

  save(_: string, position: Position): void {
    this.position = position;
    for (const waiter of this.#waiting) if (waiter.position <= position) waiter.resolve();
  }

  /** When it is saved again. */
  next(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push({ position: '' as Position, resolve }));
  }

  reached(position: Position): Promise<void> {
    if (this.position !== null && this.position >= position) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ position, resolve }));
  }
}

interface Places {
  readonly htmlDir: string;
  readonly modelPath: string;
  readonly checkpoints: Checkpoints;
  /** Of what pages are made with. */
  readonly version?: string;
}

const somewhere = (): Places => ({
  htmlDir: temporaryFolder(),
  modelPath: readModelPath(),
  checkpoints: new Checkpoints(),
});

/** A projector and a renderer that run until the test ends, or until `stop`. */
function start(places: Places, store: MemoryEventStore, logger: Logger = silentLogger): { stop: () => Promise<void> } {
  const { htmlDir, modelPath, checkpoints } = places;
  const db = openForWriting(modelPath);
  const projector = new Projector(new ReadModelWriter(db), store, logger);
  const readModel = openReadModel(modelPath);
  const renderer = new Renderer({
    ...{ site: siteOf(readModel), readModel, projector, store, checkpoints },
    ...{ htmlDir, assetsDir: ASSETS, version: places.version ?? '1', logger },
  });
  const stopping = new AbortController();
  const running = Promise.all([projector.run(stopping.signal), renderer.run(stopping.signal)]);
  const stop = async (): Promise<void> => {
    stopping.abort();
    await running;
    readModel.close();
    db.close();
  };
  onTestFinished(() => {
    stopping.abort();
  });
  return { stop };
}

const end = async (store: MemoryEventStore): Promise<Position> => (await store.lastPosition())!;
const pages = (htmlDir: string): string[] =>
  readdirSync(htmlDir, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.html'))
    .sort();

/** A logger's `warn`, and the promise that it was called. */
function aWarning(): [Mock<() => void>, Promise<void>] {
  const warn = vi.fn();
  const warned = new Promise<void>((resolve) => warn.mockImplementation(resolve));
  return [warn, warned];
}

/** The reject list, which no event touches, is made when it is asked for. */
const STATUS_PAGES = [
  ...['status/alerts/index.html', 'status/failing/index.html', 'status/flaky/index.html', 'status/index.html'],
  ...['status/pending/index.html', 'status/platform-specific-issues/index.html', 'status/queue/index.html'],
  ...['status/slow/index.html', 'status/workers/index.html'],
];

const HELLO = 'packages/h/hello/index.html';

describe('the renderer', () => {
  it('makes all pages that there are, and the stylesheet beside them', async () => {
    const places = somewhere();
    const store = await storeOf(...finishedRun({ runId: 1 }));
    const { stop } = start(places, store);
    await places.checkpoints.reached(await end(store));
    expect(pages(places.htmlDir)).toEqual([
      'index.html',
      'packages/h/hello/index.html',
      'packages/h/hello/unstable/amd64/index.html',
      'packages/h/index.html',
      ...STATUS_PAGES,
    ]);
    expect(existsSync(join(places.htmlDir, 'assets/debci.css'))).toBe(true);
    await stop();
  });

  it.each(['while it runs', 'while it does not'])('takes a package from the lists that is marked %s', async (when) => {
    const places = somewhere();
    const failing = { status: 'fail', exitCode: 4 } as const;
    const store = await storeOf(...finishedRun({ runId: 1 }, failing), ...finishedRun({ runId: 2, package: 'apt' }));
    const first = start(places, store);
    await places.checkpoints.reached(await end(store));
    const failed = (): string => readFileSync(join(places.htmlDir, 'status/failing/index.html'), 'utf8');
    expect(failed()).toContain('>hello<');
    if (when === 'while it does not') await first.stop();
    const mark = newEvent({
      type: 'PackageRemoved',
      data: { package: 'hello', suite: 'unstable', arch: 'amd64', by: 'root' },
    });
    const { position } = await store.append('package-hello', [mark], 'none');
    const { stop } = when === 'while it does not' ? start(places, store) : first;
    await places.checkpoints.reached(position);
    expect(failed()).not.toContain('>hello<');
    expect(readFileSync(join(places.htmlDir, HELLO), 'utf8')).toContain('gone from the archive');
    await stop();
  });

  it('makes those anew that an event touches, and no others', async () => {
    const places = somewhere();
    const store = await storeOf(...finishedRun({ runId: 1 }), ...finishedRun({ runId: 2, package: 'apt' }));
    const { stop } = start(places, store);
    await places.checkpoints.reached(await end(store));
    writeFileSync(join(places.htmlDir, 'packages/a/apt/index.html'), 'untouched');
    await places.checkpoints.reached(await appendTo(store, { type: 'TestEnqueued', data: aJob({ runId: 3 }) }));
    expect(readFileSync(join(places.htmlDir, HELLO), 'utf8')).toContain('pending');
    expect(readFileSync(join(places.htmlDir, 'packages/a/apt/index.html'), 'utf8')).toBe('untouched');
    await stop();
  });

  it('leaves no half-written file behind, and the same text for the same log', async () => {
    const [once, again] = [somewhere(), somewhere()];
    const store = await storeOf(...finishedRun({ runId: 1 }), ...finishedRun({ runId: 2, package: 'apt' }));
    for (const places of [once, again]) {
      const { stop } = start(places, store);
      await places.checkpoints.reached(await end(store));
      await stop();
      expect(readdirSync(places.htmlDir, { recursive: true }).filter((path) => String(path).endsWith('.new'))).toEqual(
        [],
      );
    }
    for (const path of pages(once.htmlDir)) {
      expect(readFileSync(join(again.htmlDir, path)), path).toEqual(readFileSync(join(once.htmlDir, path)));
    }
  });

  it('makes after a restart what was touched while it was down', async () => {
    const places = somewhere();
    const store = await storeOf(...finishedRun({ runId: 1 }), ...finishedRun({ runId: 2, package: 'apt' }));
    const first = start(places, store);
    await places.checkpoints.reached(await end(store));
    await first.stop();
    writeFileSync(join(places.htmlDir, 'packages/a/apt/index.html'), 'untouched');
    const position = await appendTo(store, { type: 'TestEnqueued', data: aJob({ runId: 3 }) });
    const db = openForWriting(places.modelPath);
    const projector = new Projector(new ReadModelWriter(db), store, silentLogger);
    const stopping = new AbortController();
    const projecting = projector.run(stopping.signal);
    await projector.reached(position);
    stopping.abort();
    await projecting;
    db.close();
    const second = start(places, store);
    await places.checkpoints.reached(position);
    expect(readFileSync(join(places.htmlDir, HELLO), 'utf8')).toContain('pending');
    expect(readFileSync(join(places.htmlDir, 'packages/a/apt/index.html'), 'utf8')).toBe('untouched');
    await second.stop();
  });

  it.each<[string, (places: Places) => Places]>([
    ['is new, as after an upgrade', (places) => ({ ...places, version: '2' })],
    ['was emptied', (places) => (rmSync(places.htmlDir, { recursive: true }), places)],
  ])('makes all pages anew where what they are made with, or their folder, %s', async (_what, change) => {
    const places = somewhere();
    const store = await storeOf(...finishedRun({ runId: 1 }));
    const first = start(places, store);
    await places.checkpoints.reached(await end(store));
    await first.stop();
    writeFileSync(join(places.htmlDir, HELLO), 'as it was');
    const saved = places.checkpoints.next();
    const second = start(change(places), store);
    await saved;
    expect(readFileSync(join(places.htmlDir, HELLO), 'utf8')).toContain('<html');
    await second.stop();
  });

  it('logs a page that fails, makes the others, and tries it again', async () => {
    const places = somewhere();
    const blocked = dirname(join(places.htmlDir, HELLO));
    mkdirSync(dirname(blocked), { recursive: true });
    writeFileSync(blocked, 'a file where a folder should be');
    const [warn, warned] = aWarning();
    const store = await storeOf(...finishedRun({ runId: 1 }));
    const { stop } = start(places, store, { ...silentLogger, warn });
    await warned;
    expect(places.checkpoints.position).toBeNull();
    rmSync(blocked);
    const position = await appendTo(store, { type: 'TestEnqueued', data: aJob({ runId: 2, package: 'apt' }) });
    await places.checkpoints.reached(position);
    expect(existsSync(join(places.htmlDir, HELLO))).toBe(true);
    expect(warn).toHaveBeenCalledWith(
      expect.objectContaining({ page: expect.stringContaining('/packages/h/hello/') as string }),
      expect.stringContaining('tried again'),
    );
    await stop();
  });

  it('tries again by itself, without a new event', { timeout: 30_000 }, async () => {
    const places = somewhere();
    const blocked = join(places.htmlDir, 'packages');
    writeFileSync(blocked, 'a file where a folder should be');
    const store = await storeOf(...finishedRun({ runId: 1 }));
    const [warn, warned] = aWarning();
    const { stop } = start(places, store, { ...silentLogger, warn });
    await warned;
    rmSync(blocked);
    await places.checkpoints.reached(await end(store));
    expect(existsSync(join(places.htmlDir, HELLO))).toBe(true);
    await stop();
  });

  it('has no page of a private run, until it is published', async () => {
    const places = somewhere();
    const secret = { runId: 1, package: 'secret', private: true, requestor: 'alice' };
    const store = await storeOf(...finishedRun(secret));
    const { stop } = start(places, store);
    await places.checkpoints.reached(await end(store));
    expect(pages(places.htmlDir)).toEqual(['index.html', ...STATUS_PAGES]);
    for (const path of pages(places.htmlDir)) {
      expect(readFileSync(join(places.htmlDir, path), 'utf8')).not.toContain('secret');
    }
    const published = { type: 'TestPublished', data: { runId: 1, by: 'user:alice', reason: null } } as const;
    await places.checkpoints.reached(await appendTo(store, published));
    expect(pages(places.htmlDir)).toContain('packages/s/secret/unstable/amd64/index.html');
    await stop();
  });

  it('writes nothing outside its folder, whatever a package is called', async () => {
    const places = { ...somewhere(), htmlDir: join(temporaryFolder(), 'deep/html') };
    const names = ['../../../escaped', '..', '/escaped', 'a/b', 'con\u0000trol'];
    const store = await storeOf(...names.flatMap((name, index) => finishedRun({ runId: index + 1, package: name })));
    const { stop } = start(places, store);
    await places.checkpoints.reached(await end(store));
    expect(pages(dirname(dirname(places.htmlDir))).filter((path) => !path.startsWith('deep/html/'))).toEqual([]);
    expect(pages(places.htmlDir).some((path) => path.includes('escaped'))).toBe(false);
    await stop();
  });
});
