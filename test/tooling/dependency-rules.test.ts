import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/**
 * A tree of small files that break the rules of .dependency-cruiser.cjs, and of others that keep them,
 * cruised as `npm run check` does.
 */

/** Files of the tree: by path below src/, what the file imports. */
type Imports = Readonly<Record<string, readonly string[]>>;

const forbidden: readonly (readonly [rule: string, from: string, to: string])[] = [
  ['domain-alone', 'domain/a.ts', '../application/leaf.js'],
  ['domain-alone', 'domain/b.ts', 'node:fs'],
  ['domain-alone', 'domain/c.ts', 'crypto'],
  ['domain-alone', 'domain/d.ts', 'class-validator'],
  ['application-uses-only', 'application/a.ts', '../adapters/amqp/leaf.js'],
  ['application-uses-only', 'application/b.ts', '../projections/leaf.js'],
  ['application-uses-only', 'application/c.ts', '../cli/leaf.js'],
  ['application-without-io', 'application/d.ts', 'node:fs/promises'],
  ['application-without-io', 'application/e.ts', 'net'],
  ['application-without-io', 'application/f.ts', 'pino'],
  ['projections-uses-only', 'projections/a.ts', '../application/leaf.js'],
  ['projections-uses-only', 'projections/b.ts', '../adapters/sqlite/leaf.js'],
  ['adapters-uses-only', 'adapters/amqp/a.ts', '../../application/leaf.js'],
  ['adapters-uses-only', 'adapters/amqp/b.ts', '../../web/leaf.js'],
  ['adapters-apart', 'adapters/amqp/c.ts', '../sqlite/leaf.js'],
  ['adapters-apart', 'adapters/shared/a.ts', '../sqlite/leaf.js'],
  ['graphql-uses-only', 'graphql/a.ts', '../web/leaf.js'],
  ['graphql-uses-only', 'graphql/b.ts', '../adapters/amqp/leaf.js'],
  ['web-uses-only', 'web/a.ts', '../graphql/leaf.js'],
  ['web-uses-only', 'web/b.ts', '../cli/leaf.js'],
  ['amqplib-only-in', 'adapters/sqlite/a.ts', 'amqplib'],
  ['amqplib-only-in', 'cli/a.ts', 'amqplib'],
  ['better-sqlite3-only-in', 'adapters/memory/a.ts', 'better-sqlite3'],
  ['@eventstore/db-client-only-in', 'cli/b.ts', '@eventstore/db-client'],
  ['graphql-only-in', 'web/c.ts', 'graphql'],
  ['graphql-only-in', 'web/d.ts', 'type-graphql'],
  ['graphql-only-in', 'cli/c.ts', 'graphql-yoga'],
  ['graphql-only-in', 'cli/d.ts', '@graphql-tools/schema'],
  ['@oclif/core-only-in', 'web/e.ts', '@oclif/core'],
  ['mustache-only-in', 'cli/e.ts', 'mustache'],
  ['fastify-only-in', 'graphql/c.ts', 'fastify'],
  ['fastify-only-in', 'graphql/d.ts', '@fastify/static'],
  ['class-validator-only-in', 'cli/f.ts', 'class-validator'],
  ['class-validator-only-in', 'application/g.ts', 'class-validator'],
  ['no-cycle', 'domain/cycle-a.ts', './cycle-b.js'],
  ['resolvable', 'cli/g.ts', 'not-in-package-json'],
  ['resolvable', 'cli/h.ts', './nowhere.js'],
];

const allowed: Imports = {
  'domain/leaf.ts': [],
  'domain/ok.ts': ['./leaf.js'],
  'domain/cycle-b.ts': ['./cycle-a.js'],
  'application/leaf.ts': ['node:crypto', '../domain/leaf.js'],
  'application/input/ok.ts': ['class-validator', 'reflect-metadata', '../leaf.js'],
  'projections/leaf.ts': ['better-sqlite3', 'node:fs', '../domain/leaf.js'],
  'adapters/amqp/leaf.ts': ['amqplib', '../../domain/leaf.js'],
  'adapters/shared/leaf.ts': ['../../domain/leaf.js'],
  'adapters/sqlite/leaf.ts': ['better-sqlite3', '../shared/leaf.js', '../../domain/leaf.js'],
  'adapters/eventstoredb/ok.ts': ['@eventstore/db-client'],
  'graphql/leaf.ts': [
    ...['graphql', 'type-graphql', 'graphql-yoga', '@graphql-tools/schema', 'class-validator'],
    ...['../application/leaf.js', '../projections/leaf.js', '../domain/leaf.js'],
  ],
  'web/leaf.ts': ['mustache', 'fastify', '../application/leaf.js', '../projections/leaf.js', '../domain/leaf.js'],
  'cli/leaf.ts': ['@oclif/core', 'fastify', '@fastify/static', 'pino', 'node:fs'],
  'cli/config/ok.ts': ['class-validator'],
  'cli/ok.ts': [
    ...['../graphql/leaf.js', '../web/leaf.js', '../application/leaf.js', '../projections/leaf.js'],
    ...['../adapters/amqp/leaf.js', '../adapters/sqlite/leaf.js', '../domain/leaf.js'],
  ],
};

/** Stand-ins for the libraries, found as Node finds them. */
const libraries = [
  ...['amqplib', 'better-sqlite3', '@eventstore/db-client', 'graphql', 'type-graphql', 'graphql-yoga'],
  ...['@graphql-tools/schema', '@oclif/core', 'mustache', 'fastify', '@fastify/static', 'class-validator'],
  ...['reflect-metadata', 'pino'],
];

let tree: string;
let violations: { rule: string; from: string }[];

async function write(path: string, content: string): Promise<void> {
  await mkdir(dirname(join(tree, path)), { recursive: true });
  await writeFile(join(tree, path), content);
}

async function writeModules(imports: Imports): Promise<void> {
  for (const [path, specifiers] of Object.entries(imports)) {
    // Types only: these count too.
    const lines = specifiers.map(
      (specifier, i) => `import type * as m${i} from '${specifier}';\nexport type T${i} = typeof m${i};\n`,
    );
    await write(`src/${path}`, `${lines.join('')}export const x = 1;\n`);
  }
}

interface Report {
  readonly summary: {
    readonly violations: readonly { readonly from: string; readonly rule: { readonly name: string } }[];
  };
}

async function cruise(): Promise<Report> {
  const argv = ['--config', resolve('.dependency-cruiser.cjs'), '--output-type', 'json', 'src'];
  const run = promisify(execFile)(resolve('node_modules/.bin/depcruise'), argv, { cwd: tree, maxBuffer: 1e8 });
  const { stdout } = await run;
  return JSON.parse(stdout) as Report;
}

beforeAll(async () => {
  tree = await mkdtemp(join(tmpdir(), 'debci-rules-'));
  await write('tsconfig.json', await readFile('tsconfig.json', 'utf8'));
  for (const name of libraries) {
    await write(`node_modules/${name}/package.json`, JSON.stringify({ name, version: '1.0.0', main: 'index.js' }));
    await write(`node_modules/${name}/index.js`, '');
  }
  await writeModules({ ...allowed, ...Object.fromEntries(forbidden.map(([, from, to]) => [from, [to]])) });
  await writeModules({ 'cli/alone.ts': [] });
  const report = await cruise();
  violations = report.summary.violations.map(({ from, rule }) => ({ rule: rule.name, from }));
});

afterAll(async () => {
  await rm(tree, { recursive: true, force: true });
});

describe('what the layers forbid is found', () => {
  it.each(forbidden)('%s: %s must not import %s', (rule, from) => {
    expect(violations).toContainEqual({ rule, from: `src/${from}` });
  });

  it('no-orphan: a file that nothing uses and that uses nothing must not be', () => {
    expect(violations).toContainEqual({ rule: 'no-orphan', from: 'src/cli/alone.ts' });
  });
});

describe('what the layers allow is not', () => {
  it.each(Object.keys(allowed).filter((from) => !from.includes('cycle')))('%s', (from) => {
    expect(violations.filter((violation) => violation.from === `src/${from}`)).toEqual([]);
  });
});

it('every rule is proved here', async () => {
  const { default: config } = (await import(resolve('.dependency-cruiser.cjs'))) as {
    default: { forbidden: readonly { name: string }[] };
  };
  const proved = new Set<string>(['no-orphan', ...forbidden.map(([rule]) => rule)]);
  expect([...proved].sort()).toEqual(config.forbidden.map(({ name }) => name).sort());
});
