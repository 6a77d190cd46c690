import type { WantedTest } from '../../application/caller-requests.js';
import { InvalidInputError } from '../../domain/errors.js';
import { DEFAULT_PRIORITY, type Pin } from '../../domain/job.js';
import { priority } from '../../domain/rules.js';
import type { Form } from './form.js';

/**
 * Tests as Debian's API has them asked for. Only their shape is looked at here: the rules for each value are those of the
 * request that is made of them.
 */

type Plain = Readonly<Record<string, unknown>>;

interface Shape<T> {
  readonly allowed: string;
  is(value: unknown): value is T;
}

const isPlain = (value: unknown): value is Plain =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isTexts = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((item) => typeof item === 'string');

const LIST: Shape<Plain[]> = {
  allowed: 'a JSON array of objects',
  is: (value): value is Plain[] => Array.isArray(value) && value.every(isPlain),
};
const TEXT: Shape<string> = { allowed: 'text', is: (value) => typeof value === 'string' };
const TEXTS: Shape<string[]> = { allowed: 'an array of text', is: isTexts };
const YES_OR_NO: Shape<boolean> = { allowed: 'true or false', is: (value) => typeof value === 'boolean' };
const PINS: Shape<string[][]> = {
  allowed: 'an array of arrays, each of packages and the suite that they come from: ["src:bar", "unstable"]',
  is: (value): value is string[][] => Array.isArray(value) && value.every((pin) => isTexts(pin) && pin.length >= 2),
};

/** @throws InvalidInputError */
function shaped<T>(shape: Shape<T>, value: unknown, field: string): T {
  if (shape.is(value)) return value;
  throw new InvalidInputError([{ field, value, allowed: shape.allowed }]);
}

function optional<T, Default>(shape: Shape<T>, value: unknown, field: string, absent: Default): T | Default {
  return value === undefined || value === null ? absent : shaped(shape, value, field);
}

/** JSON in a form's field. @throws InvalidInputError */
function jsonIn(form: Form, field: string): unknown {
  const text = form.get(field) ?? '';
  try {
    return JSON.parse(text);
  } catch {
    throw new InvalidInputError([{ field, value: text.slice(0, 100), allowed: LIST.allowed }]);
  }
}

/** `["foo,src:bar", "unstable"]`; each package may also be an item of its own, as in Debian's data. */
function pinOf(items: readonly string[]): Pin {
  return { suite: items.at(-1) ?? '', packages: items.slice(0, -1).flatMap((names) => names.split(',')) };
}

interface Platform {
  readonly suite: string;
  readonly arch: string;
}

/** What the tests of a list have in common. */
interface Common extends Platform {
  readonly priority: number;
}

function testsOf(list: unknown, field: string, common: Common): WantedTest[] {
  return shaped(LIST, list, field).map((test, index) => {
    const at = (name: string): string => `${field}[${index}].${name}`;
    return {
      ...common,
      package: shaped(TEXT, test.package, at('package')),
      trigger: optional(TEXT, test.trigger, at('trigger'), null),
      pins: optional(PINS, test['pin-packages'], at('pin-packages'), []).map(pinOf),
      private: optional(YES_OR_NO, test.is_private, at('is_private'), false),
      extraAptSources: optional(TEXTS, test['extra-apt-sources'], at('extra-apt-sources'), []),
    };
  });
}

/** Debian's begins at 1; ours at 0. @throws InvalidInputError */
function priorityIn(form: Form): number {
  const text = form.get('priority') ?? String(DEFAULT_PRIORITY);
  const value = /^\d+$/.test(text) ? Number(text) : NaN;
  if (priority.accepts(value)) return value;
  throw new InvalidInputError([{ field: 'priority', value: text, allowed: priority.allowed }]);
}

/** The field `tests`: the tests of a suite and arch. @throws InvalidInputError */
export function testsIn(form: Form, platform: Platform): WantedTest[] {
  return testsOf(jsonIn(form, 'tests'), 'tests', { ...platform, priority: priorityIn(form) });
}

/** The field `tests`: an array of `{suite, arch: […], tests: […]}`. @throws InvalidInputError */
export function batchIn(form: Form): WantedTest[] {
  const common = { priority: priorityIn(form) };
  return shaped(LIST, jsonIn(form, 'tests'), 'tests').flatMap(({ suite: name, arch, tests }, index) => {
    const at = (field: string): string => `tests[${index}].${field}`;
    const suite = shaped(TEXT, name, at('suite'));
    const arches = typeof arch === 'string' ? [arch] : shaped(TEXTS, arch, at('arch'));
    return arches.flatMap((one) => testsOf(tests, at('tests'), { ...common, suite, arch: one }));
  });
}

/** A test that an address names. @throws InvalidInputError */
export function testIn(form: Form, test: Platform & { readonly package: string }): WantedTest {
  const isPrivate = form.get('is_private') ?? 'false';
  if (!/^(true|false)$/.test(isPrivate)) {
    throw new InvalidInputError([{ field: 'is_private', value: isPrivate, allowed: YES_OR_NO.allowed }]);
  }
  const [names, field] = form.has('extra_apt_sources')
    ? [jsonIn(form, 'extra_apt_sources'), 'extra_apt_sources']
    : [[], ''];
  return {
    ...test,
    priority: priorityIn(form),
    trigger: form.get('trigger') ?? null,
    pins: [],
    private: isPrivate === 'true',
    extraAptSources: shaped(TEXTS, names, field),
  };
}
