/**
 * A long list, part by part, so that memory holds one of them, and the log can go on being projected in between.
 * @param read gives the rows after this one, the first ones for null; none: it is the end.
 */
export function* inParts<Row>(read: (last: Row | null) => Row[]): Generator<Row[]> {
  for (let last: Row | null = null; ;) {
    const rows: Row[] = read(last);
    const end = rows.at(-1);
    if (end === undefined) return;
    yield rows;
    last = end;
  }
}
