import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checked, Follows, ListOf } from '../../../src/application/input/checked.js';
import { InvalidInputError, type Violation } from '../../../src/domain/errors.js';
import { packageName, priority } from '../../../src/domain/rules.js';

class Item {
  @Follows(packageName)
  name!: string;

  @Follows(priority, { optional: true })
  weight: number | null = null;
}

class Order {
  @Follows(packageName, { each: { min: 1, max: 3 } })
  names!: string[];

  @ListOf(Item, { min: 0, max: 1000 })
  items: Item[] = [];
}

class Special extends Item {
  @Follows(priority)
  extra!: number;
}

function violationsOf(act: () => unknown): readonly Violation[] {
  try {
    act();
  } catch (error) {
    if (error instanceof InvalidInputError) return error.violations;
    throw error;
  }
  return [];
}

const fields = (act: () => unknown): string[] => violationsOf(act).map(({ field }) => field);

describe('checked', () => {
  it('gives instances of the classes, nested ones too, with their defaults', () => {
    const order = checked(Order, { names: ['hello'], items: [{ name: 'libxml2' }, { name: 'hello', weight: 3 }] });
    expect(order).toBeInstanceOf(Order);
    expect(order.items.every((item) => item instanceof Item)).toBe(true);
    expect(order.items.map(({ weight }) => weight)).toEqual([null, 3]);
  });

  it('leaves the input as it was', () => {
    const plain = { names: ['hello'], items: [{ name: 'hello' }] };
    checked(Order, plain);
    expect(plain).toEqual({ names: ['hello'], items: [{ name: 'hello' }] });
  });

  it('names the field as users know it, the value, and what is allowed', () => {
    const bad = { names: ['hello', 'Bad', 'x y'], items: [{ name: 'hello' }, { name: 'hello', weight: 11 }] };
    expect(violationsOf(() => checked(Order, bad, 'orders[3]'))).toEqual([
      { field: 'orders[3].names[1]', value: 'Bad', allowed: expect.stringContaining(packageName.allowed) as string },
    ]);
    expect(violationsOf(() => checked(Order, { ...bad, names: ['hello'] }))).toEqual([
      { field: 'items[1].weight', value: 11, allowed: `${priority.allowed}; or nothing` },
    ]);
  });

  it('reports every problem, but of a flood only the first 50', () => {
    expect(fields(() => checked(Item, { name: 'X', weight: -1 }))).toEqual(['name', 'weight']);
    const items = Array.from({ length: 1000 }, () => ({}));
    expect(violationsOf(() => checked(Order, { names: ['hello'], items }))).toHaveLength(50);
    const junk = Object.fromEntries(items.map((_, i) => [`junk${i}`, i]));
    expect(violationsOf(() => checked(Item, { name: 'hello', ...junk }))).toHaveLength(50);
  });

  it.each([
    ['a list of a wrong size', { names: [] }],
    ['a list too long', { names: Array(4).fill('hello') }],
  ])('refuses %s', (_, plain) => {
    expect(fields(() => checked(Order, plain))).toEqual(['names']);
  });

  it('takes neither a single value nor something list-like for a list', () => {
    for (const names of ['hello', { 0: 'hello', length: 1 }, new Set(['hello']), null]) {
      expect(fields(() => checked(Order, { names }))).toEqual(['names']);
    }
  });

  it('knows the fields of a class that is extended', () => {
    expect(checked(Special, { name: 'hello', extra: 1 })).toEqual({ name: 'hello', weight: null, extra: 1 });
    expect(fields(() => checked(Special, { name: 'hello', extra: 1, other: 1 }))).toEqual(['other']);
    expect(fields(() => checked(Item, { name: 'hello', extra: 1 }))).toEqual(['extra']);
  });

  it('refuses names of Object.prototype, and lets none of them take hold', () => {
    for (const name of Object.getOwnPropertyNames(Object.prototype)) {
      const hostile: unknown = JSON.parse(`{"name":"hello","${name}":{"polluted":true}}`);
      expect(
        fields(() => checked(Item, hostile)),
        name,
      ).toEqual([name]);
    }
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  it('refuses any data that is not an object, and says so of a nested one too', () => {
    for (const plain of [null, undefined, 1, 'text', true, [], [{ name: 'hello' }]]) {
      expect(fields(() => checked(Item, plain))).toEqual(['input']);
      expect(fields(() => checked(Order, { names: ['hello'], items: [plain] }))).toEqual(['items[0]']);
    }
  });

  it('refuses whatever JSON holds, with our error and within 100 KiB of message', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
        fc.pre(!(typeof value === 'object' && value !== null && 'name' in value));
        expect(() => checked(Item, value)).toThrow(InvalidInputError);
        expect(() => checked(Order, { names: ['hello'], items: [value] })).toThrow(InvalidInputError);
        const { message } = new InvalidInputError(
          violationsOf(() => checked(Item, { name: value, [JSON.stringify(value)]: 1 })),
        );
        expect(message.length).toBeLessThan(100 * 1024);
      }),
    );
  });

  it('refuses a very deep and a very long value without harm', () => {
    const deep: unknown = JSON.parse('['.repeat(100_000) + ']'.repeat(100_000));
    expect(() => checked(Item, { name: deep })).toThrow('name: a list of 1 is not allowed');
    expect(() => checked(Item, deep)).toThrow(InvalidInputError);
    expect(() => checked(Item, { name: 'hello', ['x'.repeat(10_000_000)]: 'y'.repeat(10_000_000) })).toThrow(
      /^.{1,400}$/,
    );
  });

  it('never prints what drives a terminal', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (name, key) => {
        fc.pre(!packageName.accepts(name) || !['name', 'weight'].includes(key));
        const violations = violationsOf(() => checked(Item, { name, [key]: 1 }));
        expect(new InvalidInputError(violations).message).not.toMatch(/(?!\n)[\p{Cc}\u202a-\u202e\u2066-\u2069]/u);
      }),
    );
  });
});
