import { buildSchemaSync, type PubSub } from 'type-graphql';
import { lexicographicSortSchema, printSchema, type GraphQLSchema } from 'graphql';
import { ComparisonResolver } from './resolvers/comparison.js';
import { MutationsResolver } from './resolvers/mutations.js';
import { OverviewResolver } from './resolvers/overview.js';
import { PackageResolver, PackageStatusResolver } from './resolvers/package.js';
import { TestResolver } from './resolvers/test.js';
import { UpdatesResolver } from './resolvers/updates.js';

/** type-graphql asks for one, though all our subscriptions follow the log. */
const NO_PUB_SUB: PubSub = {
  publish: () => undefined,
  subscribe: () => {
    throw new Error('subscriptions follow the log');
  },
};

/** The whole schema. Its resolvers hold nothing: all they need comes in the context. */
export function buildGraphqlSchema(): GraphQLSchema {
  return buildSchemaSync({
    resolvers: [
      PackageResolver,
      PackageStatusResolver,
      TestResolver,
      OverviewResolver,
      ComparisonResolver,
      MutationsResolver,
      UpdatesResolver,
    ],
    // Values are checked by the domain's rules, in the resolvers and requests.
    validate: false,
    pubSub: NO_PUB_SUB,
  });
}

/** The schema in GraphQL's language, as it is kept in docs/schema.graphql. */
export function schemaText(): string {
  return `${printSchema(lexicographicSortSchema(buildGraphqlSchema()))}\n`;
}
