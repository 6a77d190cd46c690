import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { schemaText } from '../../src/graphql/schema.js';

it('the schema that is documented is the one that is served; npm run schema writes it anew', () => {
  const documented = readFileSync(new URL('../../docs/schema.graphql', import.meta.url), 'utf8');
  expect(schemaText()).toBe(documented);
});
