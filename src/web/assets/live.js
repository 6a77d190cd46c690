import { morph } from './morph.js';

/** Updates that come together are one: so long passes between two of a page. */
const REST_MS = 1000;
const FIRST_RETRY_MS = 2000;
const LONGEST_RETRY_MS = 60_000;

const SUBSCRIPTION = `subscription($filter: TestUpdateFilter) {
  testUpdates(filter: $filter) { test { runId package } }
}`;

/**
 * Keeps the page up with what happens: GraphQL's subscription tells that something on it was touched; then the page
 * is made anew by the server, and what differs is put in its place. Nothing happens while the page is not looked at.
 */
export function startLive() {
  const main = document.querySelector('main[data-live]');
  if (!main?.dataset.live) return;
  const page = new LivePage(main, JSON.parse(main.dataset.live));
  document.addEventListener('visibilitychange', () => page.follow());
  addEventListener('pagehide', () => page.stop());
  addEventListener('pageshow', () => page.follow());
  page.follow();
}

class LivePage {
  #source = null;
  #retry;
  #retryMs = FIRST_RETRY_MS;
  #due = null;
  #refreshedAt = -Infinity;

  constructor(main, { prefix, runId, ...filter }) {
    this.main = main;
    this.concerns = (test) =>
      (runId === undefined || test.runId === runId) && (prefix === undefined || test.package.startsWith(prefix));
    this.filter = filter;
    /** As the server made it: what was opened or typed since is not in it. */
    this.known = main.cloneNode(true);
  }

  follow() {
    if (document.visibilityState === 'hidden') this.stop();
    else if (!this.#source) this.#open();
  }

  stop() {
    clearTimeout(this.#retry);
    this.#source?.close();
    this.#source = null;
    show('');
  }

  #open() {
    const query = { query: SUBSCRIPTION, variables: JSON.stringify({ filter: this.filter }) };
    const source = new EventSource(`/graphql?${new URLSearchParams(query)}`);
    this.#source = source;
    // What happened before it was open is seen now; from here on nothing is missed.
    source.addEventListener('open', () => {
      this.#retryMs = FIRST_RETRY_MS;
      show('live');
      this.#refresh();
    });
    source.addEventListener('next', ({ data }) => {
      const test = JSON.parse(data).data?.testUpdates?.test;
      if (!test || this.concerns(test)) this.#refresh();
    });
    for (const end of ['error', 'complete']) {
      source.addEventListener(end, () => {
        if (this.#source !== source) return;
        this.stop();
        this.#retry = setTimeout(() => this.follow(), this.#retryMs);
        this.#retryMs = Math.min(2 * this.#retryMs, LONGEST_RETRY_MS);
      });
    }
  }

  #refresh() {
    if (this.#due !== null) return;
    const rest = Math.max(0, this.#refreshedAt + REST_MS - performance.now());
    this.#due = setTimeout(() => {
      this.#due = null;
      this.#refreshedAt = performance.now();
      // Where it fails, the next event, or the next connection, brings it.
      this.#update().catch(() => undefined);
    }, rest);
  }

  async #update() {
    const url = new URL(location.href);
    // A page with a query is made for the request; the one that is kept may be some moments older.
    url.searchParams.set('live', '1');
    const response = await fetch(url, { headers: { accept: 'text/html' }, cache: 'no-store' });
    if (!response.ok) return;
    const { title, body } = new DOMParser().parseFromString(await response.text(), 'text/html');
    const fresh = body.querySelector('main');
    if (!fresh) return;
    document.title = title;
    if (!morph(this.main, this.known, fresh)) return;
    this.known = fresh.cloneNode(true);
    this.main.dispatchEvent(new CustomEvent('pageupdate', { bubbles: true }));
  }
}

/** Tells, at the foot of the page, whether it is kept up. */
function show(state) {
  const place = document.querySelector('[data-live-state]');
  if (place) place.textContent = state;
}
