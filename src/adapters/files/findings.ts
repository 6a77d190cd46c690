import { createHash } from 'node:crypto';
import type { Outcome } from '../../domain/events.js';
import { BrokenResultError } from '../../domain/ports/artifact-store.js';
import { packageVersion, trigger as triggerRule, workerName } from '../../domain/rules.js';
import { UNEXPECTED_EXIT_CODE, verdict } from '../../domain/verdict.js';
import type { Member } from './result-tarball.js';
import { parseSummary } from './summary.js';

/** How many bytes are kept of the files that say how a run went. They are a line long, but for the summary. */
const KEPT_BYTES: ReadonlyMap<string, number> = new Map([
  ['exitcode', 64],
  ['duration', 64],
  ['worker', 2048],
  ['trigger', 4096],
  ['testpkg-version', 1024],
  ['summary', 1024 * 1024],
]);

const PACKAGE_LIST = 'testbed-packages';

export interface StoredSizes {
  readonly logBytes: number;
  readonly artifactsBytes: number;
}

/** Finds out how a run ended, from the members of its result as they pass by. */
export class Findings {
  readonly #texts = new Map<string, string>();
  #finishedSeconds = NaN;
  #testbedDigest: string | null = null;

  /** Passes a file's content on unchanged, and keeps what is needed of it. */
  watch(member: Member): AsyncIterable<Uint8Array> {
    if (member.path === 'duration') this.#finishedSeconds = member.mtime;
    const maxBytes = KEPT_BYTES.get(member.path);
    if (maxBytes !== undefined) return this.#keep(member, maxBytes);
    return member.path === PACKAGE_LIST ? this.#digest(member) : member.content;
  }

  /**
   * @param now A run has not ended in the future, whatever the worker's clock says.
   * @throws BrokenResultError where something that every result has is missing or malformed.
   */
  outcome(package_: string, sizes: StoredSizes, now: Date): Outcome {
    const exitCode = this.#exitCode();
    return {
      exitCode,
      ...verdict(exitCode),
      version: this.#version(package_),
      durationSeconds: this.#number('duration', /^\d{1,9}$/),
      finishedAt: this.#finishedAt(now),
      worker: this.#worker(),
      tests: parseSummary(this.#texts.get('summary') ?? ''),
      ...sizes,
      testbedDigest: this.#testbedDigest,
    };
  }

  trigger(): string | null {
    const trigger = this.#line('trigger');
    return trigger !== '' && triggerRule.accepts(trigger) ? trigger : null;
  }

  async *#keep(member: Member, maxBytes: number): AsyncGenerator<Uint8Array> {
    const kept: Uint8Array[] = [];
    let room = maxBytes;
    for await (const chunk of member.content) {
      if (room > 0) kept.push(chunk.subarray(0, room));
      room = Math.max(0, room - chunk.byteLength);
      yield chunk;
    }
    this.#texts.set(member.path, Buffer.concat(kept).toString('utf8'));
  }

  async *#digest(member: Member): AsyncGenerator<Uint8Array> {
    const hash = createHash('sha256');
    for await (const chunk of member.content) {
      hash.update(chunk);
      yield chunk;
    }
    this.#testbedDigest = hash.digest('hex');
  }

  /** A file that is one line; empty where it is missing. */
  #line(path: string): string {
    return (this.#texts.get(path) ?? '').replace(/\r?\n$/, '');
  }

  #number(path: string, form: RegExp): number {
    const text = this.#line(path);
    if (!form.test(text)) throw new BrokenResultError(`${path} is missing or no number`);
    return Number(text);
  }

  #exitCode(): number {
    return this.#line('exitcode') === '' ? UNEXPECTED_EXIT_CODE : this.#number('exitcode', /^\d{1,3}$/);
  }

  #finishedAt(now: Date): string {
    const ended = new Date(Math.min(this.#finishedSeconds * 1000, now.getTime()));
    if (!(ended.getTime() >= 0)) throw new BrokenResultError('duration has no date');
    return ended.toISOString();
  }

  #version(package_: string): string | null {
    const [name, version, ...more] = this.#line('testpkg-version').split(' ');
    return name === package_ && more.length === 0 && packageVersion.accepts(version) ? (version ?? null) : null;
  }

  #worker(): string {
    const worker = this.#line('worker');
    if (worker === '' || !workerName.accepts(worker)) throw new BrokenResultError('worker is missing or no name');
    return worker;
  }
}
