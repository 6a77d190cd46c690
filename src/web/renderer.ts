import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { CheckpointStore } from '../domain/ports/checkpoint-store.js';
import type { EventStore, Position } from '../domain/ports/event-store.js';
import type { Logger } from '../domain/ports/logger.js';
import type { Projector } from '../projections/projector.js';
import type { ReadModel } from '../projections/read-model.js';
import type { Target } from '../projections/views.js';
import { renderPage } from './page-file.js';
import { markVersion, versionIn } from './pages-version.js';
import { pagePath, type PageRef, type Site } from './site.js';
import { allPages, isMark, markOf, pagesOfRun, pagesTouchedAfter, type TouchedRun } from './touched-pages.js';

/** The name of the renderer's checkpoint. */
const CHECKPOINT = 'pages';
/**
 * Pages that many results are on (the front page, the lists) are made again so often at most. Each result touches them
 * all, and they cost a hundred times what the pages of its package do. Who looks at them live has them made meanwhile.
 */
const WIDE_REST_MS = 2000;
const FIRST_RETRY_MS = 1000;
const LONGEST_RETRY_MS = 60_000;

export interface RendererOptions {
  readonly site: Site;
  readonly readModel: ReadModel;
  readonly projector: Pick<Projector, 'onCommit'>;
  readonly store: Pick<EventStore, 'readAll'>;
  readonly checkpoints: Pick<CheckpointStore, 'load' | 'save'>;
  /** Where the pages go. */
  readonly htmlDir: string;
  /** Stylesheet and icons, to be copied to `assets/`. */
  readonly assetsDir: string;
  /** Of what pages are made with (pages-version.ts). Where it is another than last time, all are made anew. */
  readonly version: string;
  readonly logger: Logger;
}

/**
 * Keeps the static pages up with the read model.
 *
 * What a commit touches goes into a set of stale pages; a page that is touched often between two renderings is
 * rendered once. How far the pages have come is kept as a checkpoint of its own, saved when nothing is stale:
 * after a crash, what the log says was touched since then is rendered again.
 */
export class Renderer {
  /** By path, so that each page is there once. */
  readonly #stale = new Map<string, PageRef>();
  #position: Position | null = null;
  #wake: () => void = () => undefined;
  #marked = false;
  #widesMadeAt = -Infinity;

  constructor(private readonly options: RendererOptions) {}

  /** Renders until the signal aborts. Pages that fail are logged, and tried again later. */
  async run(signal: AbortSignal): Promise<void> {
    const { projector, assetsDir, htmlDir } = this.options;
    const stop = projector.onCommit(({ changes, position }) => {
      for (const { run, event } of changes) {
        if (run) this.#touch(run.after);
        else if (isMark(event.type)) this.#touch(markOf(event.data as Target));
      }
      this.#position = position;
      this.#wake();
    });
    try {
      await cp(assetsDir, join(htmlDir, 'assets'), { recursive: true });
      await this.#touchSinceCheckpoint();
      await this.#loop(signal);
    } finally {
      stop();
    }
  }

  #touch(run: TouchedRun): void {
    for (const ref of pagesOfRun(run)) this.#stale.set(pagePath(ref), ref);
  }

  async #touchSinceCheckpoint(): Promise<void> {
    const { checkpoints, store, readModel, htmlDir, version } = this.options;
    this.#marked = (await versionIn(htmlDir)) === version;
    const after = this.#marked ? checkpoints.load(CHECKPOINT) : null;
    const refs = after === null ? allPages(readModel) : pagesTouchedAfter(after, store, readModel);
    for await (const ref of refs) this.#stale.set(pagePath(ref), ref);
    this.#position ??= readModel.position();
  }

  async #loop(signal: AbortSignal): Promise<void> {
    let retryMs = FIRST_RETRY_MS;
    while (!signal.aborted) {
      const woken = new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      const wholly = await this.#renderStale(signal);
      retryMs = wholly ? FIRST_RETRY_MS : Math.min(2 * retryMs, LONGEST_RETRY_MS);
      const untilWides = this.#stale.size > 0 ? this.#widesRest() : null;
      await this.#rest(woken, wholly ? untilWides : retryMs, signal);
    }
  }

  /** How long the wide pages are left as they are. */
  #widesRest(): number {
    return Math.max(0, this.#widesMadeAt + WIDE_REST_MS - performance.now());
  }

  /** Until there is something new, or it is time to try again, or to stop. */
  async #rest(woken: Promise<void>, retryMs: number | null, signal: AbortSignal): Promise<void> {
    const over = new AbortController();
    const until = AbortSignal.any([signal, over.signal]);
    const timer = delay(retryMs ?? 2 ** 31 - 1, undefined, { signal: until, ref: retryMs !== null });
    await Promise.race([woken, timer.catch(() => undefined)]);
    over.abort();
  }

  /** Renders what is due. @returns whether all went well. */
  async #renderStale(signal: AbortSignal): Promise<boolean> {
    const upTo = this.#position;
    const due = this.#takeDue();
    const all = this.#stale.size === 0;
    const failed: [string, PageRef][] = [];
    for (const [path, ref] of due) {
      if (signal.aborted || !(await this.#renderOrLog(path, ref))) failed.push([path, ref]);
    }
    for (const [path, ref] of failed) this.#stale.set(path, ref);
    if (failed.length === 0 && all) await this.#allAreMade(upTo);
    return failed.length === 0;
  }

  #takeDue(): [string, PageRef][] {
    const wides = this.#widesRest() === 0;
    const due = [...this.#stale].filter(([, ref]) => wides || !isWide(ref));
    for (const [path] of due) this.#stale.delete(path);
    if (due.some(([, ref]) => isWide(ref))) this.#widesMadeAt = performance.now();
    return due;
  }

  /** Saved before the folder is marked: whatever happens between, all is rendered again, and nothing is left out. */
  async #allAreMade(upTo: Position | null): Promise<void> {
    const { checkpoints, htmlDir, version } = this.options;
    if (upTo !== null) checkpoints.save(CHECKPOINT, upTo);
    if (!this.#marked) await markVersion(htmlDir, version);
    this.#marked = true;
  }

  async #renderOrLog(path: string, ref: PageRef): Promise<boolean> {
    try {
      await this.#render(ref);
      return true;
    } catch (error) {
      this.options.logger.warn({ err: error, page: path }, 'a page could not be rendered; it will be tried again');
      return false;
    }
  }

  async #render(ref: PageRef): Promise<void> {
    const { htmlDir, site, logger } = this.options;
    if (await renderPage(htmlDir, site, ref)) return;
    logger.warn({ page: pagePath(ref) }, 'a page was left out: its name breaks the rules');
  }
}

function isWide({ kind }: PageRef): boolean {
  return kind === 'home' || kind === 'status' || kind === 'status-list';
}
