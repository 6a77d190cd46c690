import ts from 'typescript';

/**
 * What a JSON value may look like, as data: `"string"`, `"null"`, a literal as JSON (`"\"pass\""`),
 * one of several, a list, or an object. Read from TypeScript's types, so that nobody has to write it down twice.
 */
export type Shape =
  string | { readonly anyOf: readonly Shape[] } | { readonly list: Shape } | { readonly fields: Fields };
type Fields = Readonly<Record<string, Shape>>;

const PRIMITIVES: readonly (readonly [number, string])[] = [
  [ts.TypeFlags.String, 'string'],
  [ts.TypeFlags.Number, 'number'],
  [ts.TypeFlags.Boolean, 'boolean'],
  [ts.TypeFlags.Null, 'null'],
];

function primitive(type: ts.Type): string | undefined {
  if (type.isStringLiteral() || type.isNumberLiteral()) return JSON.stringify(type.value);
  return PRIMITIVES.find(([flag]) => (type.flags & flag) !== 0)?.[1];
}

const byText = (a: Shape, b: Shape): number => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);

function fieldsOf(type: ts.Type, checker: ts.TypeChecker): Fields {
  const fields = type.getProperties().map((property) => {
    if ((property.flags & ts.SymbolFlags.Optional) !== 0)
      throw new Error(`${property.name}: make it null, not optional`);
    return [property.name, shapeOf(checker.getTypeOfSymbol(property), checker)] as const;
  });
  return Object.fromEntries(fields.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function shapeOf(type: ts.Type, checker: ts.TypeChecker): Shape {
  const simple = primitive(type);
  if (simple !== undefined) return simple;
  if (type.isUnion()) return { anyOf: type.types.map((member) => shapeOf(member, checker)).sort(byText) };
  if (checker.isArrayType(type))
    return { list: shapeOf(checker.getTypeArguments(type as ts.TypeReference)[0]!, checker) };
  if ((type.flags & (ts.TypeFlags.Object | ts.TypeFlags.Intersection)) === 0)
    throw new Error(`${checker.typeToString(type)} is not JSON`);
  return { fields: fieldsOf(type, checker) };
}

/** The shape of the field `data` of each exported interface of a module that is named here. */
export function dataShapes(path: string, names: readonly string[]): Map<string, Shape> {
  const program = ts.createProgram([path], {
    strict: true,
    module: ts.ModuleKind.NodeNext,
    target: ts.ScriptTarget.ES2022,
  });
  const checker = program.getTypeChecker();
  const module = checker.getSymbolAtLocation(program.getSourceFile(path)!)!;
  const exported = new Map(checker.getExportsOfModule(module).map((symbol) => [symbol.name, symbol]));
  return new Map(
    names.map((name) => {
      const data = checker.getDeclaredTypeOfSymbol(exported.get(name)!).getProperty('data')!;
      return [name, shapeOf(checker.getTypeOfSymbol(data), checker)];
    }),
  );
}

function matchesFields(value: unknown, fields: Fields): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  if (Object.keys(value).sort().join() !== Object.keys(fields).sort().join()) return false;
  return Object.entries(value).every(([name, field]) => matches(field, fields[name]!));
}

/** True where the value has exactly this shape: nothing is missing, nothing is more. */
export function matches(value: unknown, shape: Shape): boolean {
  if (typeof shape === 'string') {
    const type = value === null ? 'null' : typeof value;
    return type === shape || JSON.stringify(value) === shape;
  }
  if ('anyOf' in shape) return shape.anyOf.some((member) => matches(value, member));
  if ('list' in shape) return Array.isArray(value) && value.every((item) => matches(item, shape.list));
  return matchesFields(value, shape.fields);
}
