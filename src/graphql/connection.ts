import { ArgsType, Field, Int, ObjectType, type ClassType } from 'type-graphql';
import { follows } from '../application/input/follows.js';
import { integer } from '../domain/rules.js';
import { AsOf } from './scalars.js';

const MAX_FIRST = 100;
export const DEFAULT_FIRST = 20;
const FIRST = integer(1, MAX_FIRST);

/** How lists are asked for: Relay's forward pagination. */
@ArgsType()
export class PageArgs {
  @Field(() => Int, { defaultValue: DEFAULT_FIRST, description: `So many at most: 1 to ${MAX_FIRST}.` })
  first!: number;

  @Field(() => String, { nullable: true, description: 'Those that come after this cursor, which the list gave.' })
  after?: string | null;
}

/** A list that can be asked for as it was. */
@ArgsType()
export class PastPageArgs extends PageArgs {
  @Field(() => AsOf, { nullable: true, description: 'As it stood then; default: now.' })
  asOf?: string | null;
}

/** @throws InvalidInputError unless it is 1 to 100. */
export function pageSize(first: number): number {
  return follows('first', first, FIRST);
}

@ObjectType({ simpleResolvers: true, description: 'Where a page of a list stands.' })
export class PageInfo {
  @Field(() => Boolean, { description: 'More follow after `endCursor`.' })
  hasNextPage!: boolean;

  @Field(() => Boolean, { description: 'The page was asked for with `after`.' })
  hasPreviousPage!: boolean;

  @Field(() => String, { nullable: true, description: 'The cursor of the first item; null for an empty page.' })
  startCursor!: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'Ask for what comes `after` it. Usually the cursor of the last item; of a filtered list that was searched in ' +
      'vain for a while, of the last item looked at.',
  })
  endCursor!: string | null;
}

interface PageParts<Item> {
  readonly items: readonly Item[];
  cursorOf(item: Item): string;
  /** Where the next page begins; null: this is the last. */
  readonly next: string | null;
  readonly after: string | null | undefined;
}

/** A page of a list. What nobody selects is not made. */
export class Connection<Item> {
  constructor(private readonly parts: PageParts<Item>) {}

  get nodes(): readonly Item[] {
    return this.parts.items;
  }

  get edges(): readonly { readonly cursor: string; readonly node: Item }[] {
    return this.parts.items.map((node) => ({ cursor: this.parts.cursorOf(node), node }));
  }

  get pageInfo(): Readonly<Record<keyof PageInfo, boolean | string | null>> {
    const { items, next, after } = this.parts;
    const cursorOf = (item: Item | undefined): string | null => (item === undefined ? null : this.parts.cursorOf(item));
    return {
      hasNextPage: next !== null,
      hasPreviousPage: after != null,
      startCursor: cursorOf(items[0]),
      endCursor: next ?? cursorOf(items.at(-1)),
    };
  }
}

/** The GraphQL types of a list: `<name>Connection` and `<name>Edge`. */
export function connectionType<Item extends object>(
  name: string,
  node: () => ClassType,
  description: string,
): ClassType<Connection<Item>> {
  @ObjectType(`${name}Edge`, { simpleResolvers: true, description: 'An item of a list, and its place in it.' })
  class Edge {
    @Field(() => String, { description: 'For `after`: what follows this item.' })
    cursor!: string;

    @Field(node, { description: 'The item.' })
    node!: Item;
  }

  @ObjectType(`${name}Connection`, { simpleResolvers: true, description })
  class ConnectionType {
    @Field(() => [Edge], { description: 'The items with their cursors.' })
    edges!: Edge[];

    @Field(() => [node()], { description: 'The items alone.' })
    nodes!: Item[];

    @Field(() => PageInfo, { description: 'Whether, and where, the list goes on.' })
    pageInfo!: PageInfo;
  }
  return ConnectionType as unknown as ClassType<Connection<Item>>;
}
