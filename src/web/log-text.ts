/** Colours and cursor movements of terminals; a log page has none of them yet. */
// eslint-disable-next-line no-control-regex
const TERMINAL = /\u001b\[[0-9;?]*[ -/]*[@-~]|\u001b[@-Z\\^_]/g;
/** What must not be in HTML, or would change how text around it is read. Tabs and line ends stay. */
// eslint-disable-next-line no-control-regex
const UNSAFE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g;
const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };
/** A line that is longer is cut into pieces, so that memory stays small whatever a log holds. */
const LONGEST_LINE = 64 * 1024;

function toHtml(text: string): string {
  return text
    .replace(/\r\n/g, '\n')
    .replace(TERMINAL, '')
    .replace(UNSAFE, '')
    .replace(/[&<>]/g, (character) => ESCAPES[character] ?? '');
}

/** A log (bytes that should be UTF-8, but may be anything) as text that is safe between HTML's tags, piece by piece. */
export async function* logToHtml(log: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8');
  let rest = '';
  for await (const bytes of log) {
    rest += decoder.decode(bytes, { stream: true });
    const end = rest.length > LONGEST_LINE ? rest.length : rest.lastIndexOf('\n') + 1;
    if (end === 0) continue;
    yield toHtml(rest.slice(0, end));
    rest = rest.slice(end);
  }
  const last = toHtml(rest + decoder.decode());
  if (last !== '') yield last;
}
