// npm run schema: writes docs/schema.graphql anew from src/graphql. A test tells when it is out of date.
import 'reflect-metadata';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import '../test/support/typescript/register.js';

const { schemaText } = await import('../src/graphql/schema.ts');
writeFileSync(fileURLToPath(new URL('../docs/schema.graphql', import.meta.url)), schemaText());
