import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SqliteBatchState } from '../../../src/adapters/sqlite/batch-state.js';
import type { BatchRequest } from '../../../src/domain/ports/batch-state.js';
import { StoreUnavailableError } from '../../../src/domain/ports/event-store.js';
import { temporaryFolder } from '../../support/folder.js';

const PLATFORM = { suite: 'trixie', arch: 'amd64' };
const LIBC = { name: 'libc6', version: '2.36-9' };

describe("batch's state in SQLite", () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let state: SqliteBatchState;
  const reopen = (): void => {
    state.close();
    state = SqliteBatchState.open(join(folder.path, 'batch.sqlite'));
  };
  beforeEach(() => {
    folder = temporaryFolder();
    state = SqliteBatchState.open(join(folder.path, 'batch.sqlite'));
  });
  afterEach(() => {
    state.close();
    folder.remove();
  });

  const numbers = (...versions: string[]): Uint32Array =>
    Uint32Array.from(versions, (version) => state.numberOf({ name: 'libc6', version }));
  const request = (id: string, packages: Readonly<Record<string, Uint32Array>>): BatchRequest => ({
    ...PLATFORM,
    ...{ id, body: `{"id":"${id}"}` },
    jobs: Object.entries(packages).map(([name, members]) => ({ package: name, members })),
  });

  it('gives a package in a version the same number for ever', () => {
    const number = state.numberOf(LIBC);
    expect(state.numberOf({ ...LIBC })).toBe(number);
    expect(state.numberOf({ ...LIBC, version: '2.36-10' })).not.toBe(number);
    expect(state.memberOf(number)).toEqual(LIBC);
    state.begin(request('a', { hello: Uint32Array.of(number) }));
    reopen();
    expect(state.numberOf(LIBC)).toBe(number);
    expect(state.memberOf(number)).toEqual(LIBC);
    expect(() => state.memberOf(99)).toThrow(RangeError);
  });

  it('forgets numbers that no request needed', () => {
    state.numberOf(LIBC);
    reopen();
    expect(() => state.memberOf(0)).toThrow(RangeError);
  });

  it('keeps a request until it is answered, also over an end of the process', () => {
    const [first, second] = [
      request('a', { hello: numbers('1', '2'), dpkg: numbers() }),
      request('b', { apt: numbers('3') }),
    ];
    state.begin(first);
    state.begin(second);
    reopen();
    expect(state.unfinished()).toEqual([first, second]);
    expect(state.chains(PLATFORM)).toEqual(new Map());
    state.finish('a', [7, 8]);
    expect(state.unfinished()).toEqual([second]);
    state.drop('b');
    expect(state.unfinished()).toEqual([]);
  });

  it('knows the chain of the last answered request, of each platform by itself', () => {
    state.begin(request('a', { hello: numbers('1', '2'), dpkg: numbers('1') }));
    state.finish('a', [7, 8]);
    state.begin(request('b', { hello: numbers('1', '3') }));
    state.finish('b', [9]);
    reopen();
    expect(state.chains(PLATFORM)).toEqual(
      new Map([
        ['hello', { runId: 9, members: numbers('1', '3') }],
        ['dpkg', { runId: 8, members: numbers('1') }],
      ]),
    );
    expect(state.chains({ ...PLATFORM, arch: 'arm64' })).toEqual(new Map());
  });

  it('is offline until it is online again', () => {
    expect(state.offline).toBe(false);
    state.offline = true;
    state.offline = true;
    reopen();
    expect(state.offline).toBe(true);
    state.offline = false;
    expect(state.offline).toBe(false);
  });

  it('tells in our words that it cannot be used', () => {
    state.close();
    expect(() => state.unfinished()).toThrow(StoreUnavailableError);
    expect(() => SqliteBatchState.open(folder.path)).toThrow(StoreUnavailableError);
  });
});
