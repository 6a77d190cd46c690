import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { UnreadableEventError } from '../../src/domain/errors.js';
import { SCHEMA_VERSIONS, type EventType } from '../../src/domain/events.js';
import { upcast, type StoredEvent } from '../../src/domain/upcast.js';
import { dataShapes, matches, type Shape } from '../support/shape.js';

/**
 * Logs outlive programs. `test/fixtures/events/<Type>.v<version>.json` holds, for every version of every type that was
 * ever written, its shape and an example of what stands in logs. Files there are only ever added.
 */
const FOLDER = 'test/fixtures/events';

interface Fixture {
  readonly shape: Shape;
  readonly examples: readonly StoredEvent[];
}

const types = Object.keys(SCHEMA_VERSIONS) as EventType[];
const today = dataShapes('src/domain/events.ts', types);
const file = (type: EventType, version: number): string => `${type}.v${version}.json`;
const read = (name: string): Fixture => JSON.parse(readFileSync(`${FOLDER}/${name}`, 'utf8')) as Fixture;
const written = types.flatMap((type) =>
  Array.from({ length: SCHEMA_VERSIONS[type] }, (_, i) => ({ type, version: i + 1, name: file(type, i + 1) })),
);

it('every version of every type that was ever written is in a file, and nothing else', () => {
  expect(readdirSync(FOLDER).sort()).toEqual(written.map(({ name }) => name).sort());
});

describe.each(written)('$type in version $version', ({ type, version, name }) => {
  const { shape, examples } = read(name);

  it('has examples of its shape', () => {
    expect(examples.length).toBeGreaterThan(0);
    for (const event of examples) {
      expect(event).toMatchObject({ type, schemaVersion: version });
      expect(matches(event.data, shape)).toBe(true);
    }
  });

  it("is read in today's shape", () => {
    for (const event of examples) {
      const { type: readType, data } = upcast(event);
      expect(readType).toBe(type);
      expect(matches(data, today.get(type)!)).toBe(true);
    }
  });
});

describe("today's shape of", () => {
  it.each(types)('%s is that of its version: who changes it raises SCHEMA_VERSIONS and adds an upcaster', (type) => {
    expect(today.get(type)).toEqual(read(file(type, SCHEMA_VERSIONS[type])).shape);
  });
});

describe('what this debci cannot read is refused, not guessed at', () => {
  it.each([
    ['an unknown type', { type: 'TestExploded', schemaVersion: 1, data: {} }],
    ['the name of what every object has', { type: 'constructor', schemaVersion: 1, data: {} }],
    ['a newer version', { type: 'TestStarted', schemaVersion: SCHEMA_VERSIONS.TestStarted + 1, data: {} }],
    ['version 0', { type: 'TestStarted', schemaVersion: 0, data: {} }],
    ['a negative version', { type: 'TestStarted', schemaVersion: -1, data: {} }],
    ['half a version', { type: 'TestStarted', schemaVersion: 0.5, data: {} }],
    ['no version', { type: 'TestStarted', schemaVersion: NaN, data: {} }],
  ])('%s', (_, stored) => {
    expect(() => upcast(stored)).toThrow(UnreadableEventError);
  });
});
