import {
  getArgumentValues,
  getNamedType,
  Kind,
  visit,
  isObjectType,
  parse,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLNamedType,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type ParseOptions,
  type SelectionNode,
  type SelectionSetNode,
  type Source,
} from 'graphql';
import { DebciError } from '../domain/errors.js';

/** What one operation may ask for. */
const LIMITS = {
  /** Words and signs of a document. */
  tokens: 2000,
  /** Fields within fields. */
  depth: 12,
  /** Fields under another name. */
  aliases: 30,
  /** About as many values as an answer may hold. */
  cost: 20_000,
};

/** A query that asks for more than one operation may. Nothing was done. */
export class QueryTooLargeError extends DebciError {
  readonly code = 'E_QUERY_TOO_LARGE';
  override readonly exitCode = 2;

  constructor(what: string, asked: number, allowed: number) {
    super(`this query's ${what} is ${asked}; at most ${allowed} is allowed`);
  }
}

/** graphql's, for documents that are not too long. */
export function parseWithinLimits(source: string | Source, options?: ParseOptions): DocumentNode {
  return parse(source, { ...options, maxTokens: LIMITS.tokens });
}

/** The cost of a list with `first`: that many of what is selected of an item. */
export function listCost({ args, childComplexity }: CostParts): number {
  const first = Number(args.first);
  return Math.max(first, 1) * childComplexity;
}

interface CostParts {
  readonly args: Readonly<Record<string, unknown>>;
  readonly childComplexity: number;
}

interface Measure {
  readonly cost: number;
  readonly depth: number;
}

export interface Operation {
  readonly schema: GraphQLSchema;
  readonly document: DocumentNode;
  readonly operationName?: string | null | undefined;
  readonly variableValues?: Readonly<Record<string, unknown>> | null | undefined;
}

/**
 * Measures a valid operation before it is executed.
 * @throws QueryTooLargeError
 */
export function assertWithinLimits({ schema, document, operationName, variableValues }: Operation): void {
  assertAtMost('number of aliases', aliasesOf(document), LIMITS.aliases);
  const operation = operationOf(document, operationName);
  const root = operation && schema.getRootType(operation.operation);
  if (!operation || !root) return;
  const { cost, depth } = new Measuring(schema, document, variableValues ?? {}).selections(
    operation.selectionSet,
    root,
  );
  assertAtMost('depth', depth, LIMITS.depth);
  assertAtMost('cost', cost, LIMITS.cost);
}

function assertAtMost(what: string, asked: number, allowed: number): void {
  if (asked > allowed) throw new QueryTooLargeError(what, asked, allowed);
}

function operationOf(document: DocumentNode, name: string | null | undefined): OperationDefinitionNode | undefined {
  return document.definitions.find(
    (definition): definition is OperationDefinitionNode =>
      definition.kind === Kind.OPERATION_DEFINITION && (name == null || definition.name?.value === name),
  );
}

/** Documents are kept by the parser's cache, so each is counted once. */
const ALIASES = new WeakMap<DocumentNode, number>();

function aliasesOf(document: DocumentNode): number {
  let aliases = ALIASES.get(document);
  if (aliases === undefined) {
    aliases = 0;
    visit(document, {
      Field: ({ alias }) => {
        if (alias) aliases = (aliases ?? 0) + 1;
      },
    });
    ALIASES.set(document, aliases);
  }
  return aliases;
}

/** Goes through each fragment once, however often it is spread: fragments that spread others twice grow exponentially. */
class Measuring {
  readonly #fragments = new Map<string, FragmentDefinitionNode>();
  readonly #measured = new Map<string, Measure>();

  constructor(
    private readonly schema: GraphQLSchema,
    document: DocumentNode,
    private readonly variables: Readonly<Record<string, unknown>>,
  ) {
    for (const definition of document.definitions) {
      if (definition.kind === Kind.FRAGMENT_DEFINITION) this.#fragments.set(definition.name.value, definition);
    }
  }

  selections(set: SelectionSetNode | undefined, type: GraphQLNamedType): Measure {
    let cost = 0;
    let depth = 0;
    for (const selection of set?.selections ?? []) {
      const measure = this.#selection(selection, type);
      cost += measure.cost;
      depth = Math.max(depth, measure.depth);
    }
    return { cost, depth };
  }

  #selection(node: SelectionNode, type: GraphQLNamedType): Measure {
    switch (node.kind) {
      case Kind.FIELD:
        return this.#field(node, type);
      case Kind.INLINE_FRAGMENT:
        return this.selections(node.selectionSet, this.#typeNamed(node.typeCondition?.name.value) ?? type);
      case Kind.FRAGMENT_SPREAD:
        return this.#fragment(node.name.value, type);
    }
  }

  #fragment(name: string, type: GraphQLNamedType): Measure {
    const known = this.#measured.get(name);
    if (known) return known;
    const fragment = this.#fragments.get(name);
    const measure = this.selections(
      fragment?.selectionSet,
      this.#typeNamed(fragment?.typeCondition.name.value) ?? type,
    );
    this.#measured.set(name, measure);
    return measure;
  }

  /** Introspection is limited by graphql's own rule. */
  #field(node: FieldNode, type: GraphQLNamedType): Measure {
    const field = isObjectType(type) ? type.getFields()[node.name.value] : undefined;
    if (!field) return { cost: 1, depth: 1 };
    const { cost, depth } = this.selections(node.selectionSet, getNamedType(field.type));
    const { complexity } = field.extensions as { complexity?: number | ((parts: CostParts) => number) };
    if (typeof complexity !== 'function') return { cost: (complexity ?? 1) + cost, depth: depth + 1 };
    const args = getArgumentValues(field, node, this.variables);
    return { cost: 1 + complexity({ args, childComplexity: cost }), depth: depth + 1 };
  }

  #typeNamed(name: string | undefined): GraphQLNamedType | undefined {
    return name === undefined ? undefined : this.schema.getType(name);
  }
}
