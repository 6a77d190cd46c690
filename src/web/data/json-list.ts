import { setImmediate as turn } from 'node:timers/promises';

/**
 * A JSON array, part by part, an item a line. Between two parts other requests get their turn.
 * @param parts each not empty, so that every piece of text holds something.
 */
export async function* jsonList(parts: Iterable<readonly unknown[]>): AsyncGenerator<string> {
  let separator = '[\n';
  for (const part of parts) {
    yield separator + part.map((item) => JSON.stringify(item)).join(',\n');
    separator = ',\n';
    await turn();
  }
  yield separator.startsWith('[') ? '[]\n' : '\n]\n';
}
