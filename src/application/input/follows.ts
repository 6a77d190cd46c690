import { InvalidInputError } from '../../domain/errors.js';
import type { Rule } from '../../domain/rules.js';

/** The value, if its rule accepts it. @throws InvalidInputError */
export function follows<Value>(field: string, value: Value, rule: Rule): Value {
  if (rule.accepts(value)) return value;
  throw new InvalidInputError([{ field, value, allowed: rule.allowed }]);
}
