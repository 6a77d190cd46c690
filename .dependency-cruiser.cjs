/** The layers of docs/architecture.md: dependencies point inward, and each library is used in one place. */

/** One part of src/ may use these others, and itself. */
const only = (part, ...others) => ({
  name: `${part}-uses-only`,
  comment: `src/${part} may import from ${[part, ...others].map((name) => `src/${name}`).join(', ')} only`,
  severity: 'error',
  from: { path: `^src/${part}/` },
  to: { path: '^src/', pathNot: `^src/(${[part, ...others].join('|')})/` },
});

/** Libraries (regular expressions of their names) that only these folders of src/ may import. */
const library = (name, names, ...folders) => ({
  name: `${name}-only-in`,
  comment: `${name} may be imported in ${folders.map((folder) => `src/${folder}`).join(', ')} only`,
  severity: 'error',
  from: { path: '^src/', pathNot: `^src/(${folders.join('|')})/` },
  to: { path: `(^|/)node_modules/(@types/)?(${names})/|^(${names})(/|$)` },
});

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    only('application', 'domain'),
    only('projections', 'domain'),
    only('graphql', 'application', 'projections', 'domain'),
    only('web', 'application', 'projections', 'domain'),
    only('adapters', 'domain'),
    {
      name: 'domain-alone',
      comment: 'src/domain is pure: it imports nothing outside itself, no library and no Node built-in',
      severity: 'error',
      from: { path: '^src/domain/' },
      to: { pathNot: '^src/domain/' },
    },
    {
      name: 'application-without-io',
      comment:
        'src/application reaches the world through the ports: no files, processes or network, no library but for input',
      severity: 'error',
      from: { path: '^src/application/' },
      to: {
        path: '^(node:)?(fs|net|tls|dgram|dns|https?|http2|child_process|cluster|worker_threads|sqlite)(/|$)|(^|/)node_modules/',
        pathNot: '(^|/)node_modules/(class-validator|reflect-metadata)/',
      },
    },
    {
      name: 'adapters-apart',
      comment:
        'an adapter does not know the others: src/cli puts them together; what they share is in src/adapters/shared',
      severity: 'error',
      from: { path: '^src/adapters/([^/]+)/' },
      to: { path: '^src/adapters/', pathNot: '^src/adapters/($1|shared)/' },
    },
    library('amqplib', 'amqplib', 'adapters/amqp'),
    library('better-sqlite3', 'better-sqlite3', 'adapters/sqlite', 'projections'),
    library('@eventstore/db-client', '@eventstore/db-client', 'adapters/eventstoredb'),
    library('graphql', 'type-graphql|graphql|graphql-[^/]+|@graphql-[^/]+/[^/]+|dataloader', 'graphql'),
    library('@oclif/core', '@oclif/core', 'cli'),
    library('mustache', 'mustache', 'web'),
    library('fastify', 'fastify|@fastify/[^/]+', 'web', 'cli'),
    library('class-validator', 'class-validator', 'application/input', 'cli/config', 'graphql'),
    {
      name: 'no-cycle',
      comment: 'modules that need each other are one',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-orphan',
      comment: 'nothing uses it, and it uses nothing',
      severity: 'error',
      // A page's scripts are used by its template.
      from: { orphan: true, pathNot: '^src/web/assets/' },
      to: {},
    },
    {
      name: 'resolvable',
      comment: 'it must be in package.json, or be a file of ours',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
