import { GraphQLScalarType, Kind } from 'graphql';
import { asOf, parseAsOf } from '../domain/as-of.js';
import { InvalidInputError } from '../domain/errors.js';

/** Text of a form, given out as it is, since it is ours. `read` gives null for what is not of the form. */
function textScalar(
  name: string,
  description: string,
  allowed: string,
  read: (text: string) => string | null,
): GraphQLScalarType<string, string> {
  const parse = (value: unknown): string => {
    const text = typeof value === 'string' ? read(value) : null;
    if (text !== null) return text;
    throw new InvalidInputError([{ field: name, value, allowed }]);
  };
  return new GraphQLScalarType<string, string>({
    name,
    description,
    serialize: (value) => value as string,
    parseValue: parse,
    parseLiteral: (node) => parse(node.kind === Kind.STRING ? node.value : null),
  });
}

const form =
  (regex: RegExp) =>
  (text: string): string | null =>
    regex.test(text) ? text : null;

export const DateTime = textScalar(
  'DateTime',
  'A time: ISO 8601 in UTC with milliseconds (`2026-05-01T12:34:56.789Z`).',
  'a time in UTC such as 2026-05-01T12:34:56.789Z',
  form(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
);

export const AsOf = textScalar(
  'AsOf',
  'A moment of the past: a day (`2026-05-01`: its end, in UTC), or a time (`2026-05-01T12:00:00Z`).',
  asOf.allowed,
  parseAsOf,
);

export const Day = textScalar(
  'Day',
  'A day in UTC: `2026-05-01`.',
  'a day such as 2026-05-01',
  form(/^\d{4}-\d\d-\d\d$/),
);

export const Position = textScalar(
  'Position',
  'A place in the log of all events. Opaque, but of two positions the one that sorts later as text is the later one. ' +
    'A subscription that begins `after` one gets everything that happened since, once each.',
  'a position that this log gave',
  form(/^[!-~]{1,64}$/),
);
