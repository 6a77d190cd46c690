import { InvalidInputError } from '../domain/errors.js';

/** What a list goes on from: the values of its order. */
type Values = readonly (string | number)[];

/** Opaque to clients: the list's name, which keeps the cursors of different lists apart, and where it goes on. */
export function encodeCursor(list: string, values: Values): string {
  return Buffer.from(JSON.stringify([list, ...values])).toString('base64url');
}

/** Of the same number and types as the sample. */
type Like<Sample extends Values> = { readonly [Index in keyof Sample]: Sample[Index] extends string ? string : number };

/**
 * The values of a cursor that `encodeCursor` made for this list.
 * @param sample values of the same number and types
 * @throws InvalidInputError
 */
export function decodeCursor<Sample extends readonly [] | Values>(
  list: string,
  cursor: string,
  sample: Sample,
): Like<Sample> {
  const [name, ...values] = parsed(cursor);
  const fits = name === list && values.length === sample.length;
  if (fits && values.every((value, index) => typeof value === typeof sample[index]))
    return values as unknown as Like<Sample>;
  throw new InvalidInputError([{ field: 'after', value: cursor, allowed: 'a cursor that this list gave' }]);
}

function parsed(cursor: string): unknown[] {
  try {
    const values: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    return Array.isArray(values) ? values : [];
  } catch {
    return [];
  }
}
