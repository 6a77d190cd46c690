import 'reflect-metadata';
import { ValidateBy, validateSync, type ValidationError } from 'class-validator';
import { InvalidInputError, show, type Violation } from '../../domain/errors.js';
import type { Rule } from '../../domain/rules.js';

/**
 * The check of everything that crosses a boundary. A class says what an input may hold: `@Follows` ties a
 * property to a rule, `@ListOf` to a list of another such class. `checked` makes an instance of plain data, or refuses it.
 */

type InputClass<T extends object = object> = new () => T;

interface ListSize {
  readonly min: number;
  readonly max: number;
}

interface FollowsOptions {
  /** The value is a list, and each of its items follows the rule. `true`: 0 to 1,000 items. */
  readonly each?: true | ListSize;
  /** Null and absent are allowed too. */
  readonly optional?: boolean;
}

/** What a decorator says of a property. */
interface Field {
  readonly rule: Rule;
  /** For a list: finds its first bad item; undefined where all are good. */
  readonly badItem?: (items: readonly unknown[]) => number | undefined;
  readonly itemClass?: InputClass;
}

type Fields = Map<string, Field>;

const FIELDS = Symbol('fields');
const ANY_SIZE: ListSize = { min: 0, max: 1000 };
/** So many problems are reported at once. A hostile input of a million bad jobs is not worth more. */
const MAX_VIOLATIONS = 50;

function fieldsOf(prototype: object): Fields {
  return (Reflect.getMetadata(FIELDS, prototype) as Fields | undefined) ?? new Map<string, Field>();
}

function declare(field: Field): PropertyDecorator {
  const validator = {
    validate: (value: unknown) => field.rule.accepts(value),
    defaultMessage: () => field.rule.allowed,
  };
  const validate = ValidateBy({ name: 'follows', validator });
  return (prototype, property) => {
    Reflect.defineMetadata(FIELDS, new Map(fieldsOf(prototype)).set(String(property), field), prototype);
    validate(prototype, property);
  };
}

function listRule(size: ListSize, items: string, accepts: (items: readonly unknown[]) => boolean): Rule {
  return {
    allowed: `a list of ${size.min} to ${size.max}, each ${items}`,
    accepts: (value) => Array.isArray(value) && value.length >= size.min && value.length <= size.max && accepts(value),
  };
}

function optionally(rule: Rule): Rule {
  return {
    allowed: `${rule.allowed}; or nothing`,
    accepts: (value) => value === null || value === undefined || rule.accepts(value),
  };
}

/** The property follows a rule of the domain. */
export function Follows(rule: Rule, { each, optional = false }: FollowsOptions = {}): PropertyDecorator {
  const wrap = optional ? optionally : (plain: Rule) => plain;
  if (each === undefined) return declare({ rule: wrap(rule) });
  const badItem = (items: readonly unknown[]): number | undefined => {
    const index = items.findIndex((item) => !rule.accepts(item));
    return index < 0 ? undefined : index;
  };
  const list = listRule(each === true ? ANY_SIZE : each, rule.allowed, (items) => badItem(items) === undefined);
  return declare({ rule: wrap(list), badItem });
}

/** The property is a list of inputs of another class; `checked` makes and checks these too. */
export function ListOf(itemClass: InputClass, size: ListSize): PropertyDecorator {
  return declare({ rule: listRule(size, 'an object', () => true), itemClass });
}

function path(where: string, key: string): string {
  const shown = /^\w{1,64}$/.test(key) ? key : show(key);
  return where === '' ? shown : `${where}.${shown}`;
}

/** What is wrong so far; gives up when it is enough. */
class Problems {
  private readonly violations: Violation[] = [];

  add(violation: Violation): void {
    this.violations.push(violation);
    if (this.violations.length >= MAX_VIOLATIONS) this.refuse();
  }

  refuse(): void {
    if (this.violations.length > 0) throw new InvalidInputError(this.violations);
  }
}

function violation({ property, value }: ValidationError, field: Field | undefined, where: string): Violation {
  const at = path(where, property);
  const allowed = field?.rule.allowed ?? 'nothing of this name';
  const bad = Array.isArray(value) ? field?.badItem?.(value) : undefined;
  if (bad === undefined) return { field: at, value, allowed };
  return { field: `${at}[${bad}]`, value: (value as unknown[])[bad], allowed };
}

/**
 * Copies the known properties only, so that no name from outside (`__proto__`, `constructor`) gets onto the instance:
 * class-validator's own whitelist lets names of Object.prototype pass.
 */
function copy<T extends object>(instance: T, plain: object, fields: Fields, where: string, problems: Problems): T {
  for (const [key, value] of Object.entries(plain) as [string, unknown][]) {
    if (fields.has(key)) {
      if (value !== undefined) (instance as Record<string, unknown>)[key] = value;
    } else {
      problems.add({ field: path(where, key), value, allowed: `no more than ${[...fields.keys()].join(', ')}` });
    }
  }
  return instance;
}

function instanceOf<T extends object>(Class: InputClass<T>, plain: unknown, where: string, problems: Problems): T {
  const instance = new Class();
  const fields = fieldsOf(Class.prototype as object);
  if (typeof plain !== 'object' || plain === null || Array.isArray(plain)) {
    problems.add({ field: where === '' ? 'input' : where, value: plain, allowed: 'an object' });
    return instance;
  }
  copy(instance, plain, fields, where, problems);
  const errors = validateSync(instance, { whitelist: true, forbidNonWhitelisted: true, forbidUnknownValues: true });
  for (const error of errors) problems.add(violation(error, fields.get(error.property), where));
  if (errors.length === 0) makeLists(instance as Record<string, unknown>, fields, where, problems);
  return instance;
}

/** Turns the plain items of each `@ListOf` into checked instances. */
function makeLists(instance: Record<string, unknown>, fields: Fields, where: string, problems: Problems): void {
  for (const [key, { itemClass }] of fields) {
    if (itemClass === undefined) continue;
    const items = instance[key] as unknown[];
    instance[key] = items.map((item, i) => instanceOf(itemClass, item, `${path(where, key)}[${i}]`, problems));
  }
}

/**
 * An instance of the class that holds the data, all of it checked.
 * @param where what users call the data, put before the names of its fields (`jobs[3]`); empty for a whole input.
 * @throws InvalidInputError naming each field that breaks a rule, the first 50.
 */
export function checked<T extends object>(Class: InputClass<T>, plain: unknown, where = ''): T {
  const problems = new Problems();
  const instance = instanceOf(Class, plain, where, problems);
  problems.refuse();
  return instance;
}
