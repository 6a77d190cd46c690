import { expect, it } from 'vitest';
import { matches, type Shape } from './shape.js';

const shape: Shape = {
  fields: { kind: { anyOf: ['"cli"', '"api"'] }, of: { anyOf: ['null', 'number'] }, names: { list: 'string' } },
};

it.each([
  { kind: 'cli', of: null, names: [] },
  { kind: 'api', of: 1, names: ['a', 'b'] },
])('a value of the shape matches: %j', (value) => {
  expect(matches(value, shape)).toBe(true);
});

it.each([
  null,
  [],
  'cli',
  {},
  { kind: 'cli', of: null },
  { kind: 'cli', of: null, names: [], more: 1 },
  { kind: 'batch', of: null, names: [] },
  { kind: 'cli', of: '1', names: [] },
  { kind: 'cli', of: null, names: [1] },
  { kind: 'cli', of: null, names: {} },
])('another does not: %j', (value) => {
  expect(matches(value, shape)).toBe(false);
});
