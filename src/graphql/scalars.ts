import { GraphQLScalarType, Kind } from 'graphql';
import { InvalidInputError } from '../domain/errors.js';

/** Text of a form; given out as it is, since it is ours. */
function textScalar(
  name: string,
  description: string,
  form: RegExp,
  allowed: string,
): GraphQLScalarType<string, string> {
  const parse = (value: unknown): string => {
    if (typeof value === 'string' && form.test(value)) return value;
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

export const DateTime = textScalar(
  'DateTime',
  'A time: ISO 8601 in UTC. Given with milliseconds (`2026-05-01T12:34:56.789Z`); taken also without, or as a day ' +
    '(`2026-05-01`: its beginning).',
  /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,3})?)?Z)?$/,
  'a time in UTC such as 2026-05-01T12:00:00Z',
);

export const Day = textScalar('Day', 'A day in UTC: `2026-05-01`.', /^\d{4}-\d\d-\d\d$/, 'a day such as 2026-05-01');

export const Position = textScalar(
  'Position',
  'A place in the log of all events. Opaque, but of two positions the one that sorts later as text is the later one. ' +
    'A subscription that begins `after` one gets everything that happened since, once each.',
  /^[!-~]{1,64}$/,
  'a position that this log gave',
);
