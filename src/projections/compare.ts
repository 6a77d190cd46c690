import type { PackageQueries } from './package-queries.js';
import type { Difference, DifferenceCursor, Page, PackageStatus, Target } from './views.js';

/** A suite at a moment; `asOf` absent: now. */
export interface ComparePoint {
  readonly suite: string;
  readonly asOf?: string;
}

export interface CompareQuery {
  readonly from: ComparePoint;
  readonly to: ComparePoint;
  readonly arch?: string;
  readonly after?: DifferenceCursor;
  readonly limit: number;
}

/** Statuses are read in parts of this size, so many parts of both sides at most for one page of differences. */
const PART = 500;
const MAX_PARTS = 16;

/** The order of a suite's statuses. No name holds a NUL. */
const keyOf = ({ arch, package: name }: DifferenceCursor): string => `${arch}\0${name}`;

function earlier<Place extends DifferenceCursor>(a: Place | null, b: Place | null): Place | null {
  if (a === null || b === null) return a ?? b;
  return keyOf(a) <= keyOf(b) ? a : b;
}

/** The statuses of one side, in their order. */
class Side {
  #part: readonly PackageStatus[] = [];
  #taken = 0;
  /** Up to here (or the end: null) all is in `#part` or before it. */
  #next: Target | null;
  #begun = false;

  constructor(
    private readonly packages: Pick<PackageQueries, 'statuses'>,
    private readonly point: ComparePoint,
    private readonly arch: string | undefined,
    after: DifferenceCursor | undefined,
  ) {
    this.#next = after ? { suite: point.suite, ...after } : null;
  }

  get head(): PackageStatus | null {
    return this.#part[this.#taken] ?? null;
  }

  /** Where nothing more is known, the place up to which it is; null where the head is known, or nothing is left. */
  get barrier(): Target | null {
    return this.head === null ? this.#next : null;
  }

  get needsMore(): boolean {
    return !this.#begun || this.barrier !== null;
  }

  take(key: string): PackageStatus | null {
    const { head } = this;
    if (head === null || keyOf(head) !== key) return null;
    this.#taken++;
    return head;
  }

  read(): void {
    const { suite, asOf } = this.point;
    const filter = { suite, ...(this.arch !== undefined && { arch: this.arch }) };
    const after = this.#next;
    const options = { limit: PART, ...(after && { after }), ...(asOf !== undefined && { asOf }) };
    const { items, next } = this.packages.statuses(filter, options);
    this.#part = items;
    this.#taken = 0;
    this.#next = next;
    this.#begun = true;
  }
}

/**
 * The packages that do not have the same status at two points, by architecture and package. Where they are rare, a
 * page may hold fewer than its limit though more follow.
 */
export function compare(
  packages: Pick<PackageQueries, 'statuses'>,
  query: CompareQuery,
): Page<Difference, DifferenceCursor> {
  const { limit, after } = query;
  const sides = [query.from, query.to].map((point) => new Side(packages, point, query.arch, after)) as [Side, Side];
  const items: Difference[] = [];
  for (let parts = 0; ;) {
    for (const side of sides) {
      if (!side.needsMore || parts >= MAX_PARTS) continue;
      side.read();
      parts++;
    }
    const place = earlier(sides[0].head, sides[1].head);
    const barrier = earlier(sides[0].barrier, sides[1].barrier);
    if (barrier !== null && (place === null || keyOf(place) > keyOf(barrier))) {
      if (parts < MAX_PARTS) continue;
      return { items, next: cursor(barrier) };
    }
    if (place === null) return { items, next: null };
    const difference = differenceAt(place, sides);
    if (difference) items.push(difference);
    if (items.length === limit) return { items, next: cursor(place) };
  }
}

function cursor({ arch, package: name }: DifferenceCursor): DifferenceCursor {
  return { arch, package: name };
}

function differenceAt(place: DifferenceCursor, [left, right]: [Side, Side]): Difference | null {
  const key = keyOf(place);
  const from = left.take(key)?.run?.status ?? null;
  const to = right.take(key)?.run?.status ?? null;
  return from === to ? null : { ...cursor(place), from, to };
}
