import type { WantedTest } from '../../application/caller-requests.js';
import { MOST_JOBS } from '../../application/input/enqueue-request.js';
import { InvalidInputError } from '../../domain/errors.js';
import { DEFAULT_PRIORITY, type Pin } from '../../domain/job.js';
import { priority as priorityRule } from '../../domain/rules.js';
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
function jsonIn<T>(form: Form, field: string, shape: Shape<T>): T {
  const text = form.get(field) ?? '';
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new InvalidInputError([{ field, value: text, allowed: shape.allowed }]);
  }
  return shaped(shape, value, field);
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

function testsOf(list: readonly Plain[], field: string, common: Common): WantedTest[] {
  return list.map((test, index) => {
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
  if (priorityRule.accepts(value)) return value;
  throw new InvalidInputError([{ field: 'priority', value: text, allowed: priorityRule.allowed }]);
}

/** The field `tests`: the tests of a suite and arch. @throws InvalidInputError */
export function testsIn(form: Form, platform: Platform): WantedTest[] {
  return testsOf(jsonIn(form, 'tests', LIST), 'tests', { ...platform, priority: priorityIn(form) });
}

/** The field `tests`: an array of `{suite, arch: […], tests: […]}`. @throws InvalidInputError */
export function batchIn(form: Form): WantedTest[] {
  const priority = priorityIn(form);
  const wanted: WantedTest[] = [];
  for (const [index, { suite: name, arch, tests }] of jsonIn(form, 'tests', LIST).entries()) {
    const at = (field: string): string => `tests[${index}].${field}`;
    const suite = shaped(TEXT, name, at('suite'));
    const list = shaped(LIST, tests, at('tests'));
    const arches = typeof arch === 'string' ? [arch] : shaped(TEXTS, arch, at('arch'));
    // Before it is made: a few MiB can ask for billions.
    if (wanted.length + arches.length * list.length > MOST_JOBS) {
      throw new InvalidInputError([
        { field: 'tests', value: form.get('tests'), allowed: `at most ${MOST_JOBS} in all` },
      ]);
    }
    for (const one of arches) wanted.push(...testsOf(list, at('tests'), { priority, suite, arch: one }));
  }
  return wanted;
}

/** A test that an address names. @throws InvalidInputError */
export function testIn(form: Form, test: Platform & { readonly package: string }): WantedTest {
  const isPrivate = form.get('is_private') ?? 'false';
  if (!/^(true|false)$/.test(isPrivate)) {
    throw new InvalidInputError([{ field: 'is_private', value: isPrivate, allowed: YES_OR_NO.allowed }]);
  }
  return {
    ...test,
    priority: priorityIn(form),
    trigger: form.get('trigger') ?? null,
    pins: [],
    private: isPrivate === 'true',
    extraAptSources: form.has('extra_apt_sources') ? jsonIn(form, 'extra_apt_sources', TEXTS) : [],
  };
}
