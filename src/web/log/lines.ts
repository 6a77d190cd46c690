/** So much of a line is shown: whatever a log holds, memory and pages stay small. */
const SHOWN_CHARACTERS = 4000;
/** What is kept of a line whose end has not come yet. */
const KEPT_CHARACTERS = 16 * SHOWN_CHARACTERS;

/** A log (bytes that should be UTF-8, but may be anything) as lines, in batches. The end of a very long line is told, not shown. */
export async function* logLines(log: AsyncIterable<Uint8Array>): AsyncGenerator<string[]> {
  const decoder = new TextDecoder('utf-8');
  let rest = '';
  let dropped = 0;
  const shown = (line: string): string => {
    const more = dropped + Math.max(0, line.length - SHOWN_CHARACTERS);
    dropped = 0;
    return more > 0 ? `${line.slice(0, SHOWN_CHARACTERS)} … (${more} more characters)` : asOnTerminal(line);
  };
  for await (const bytes of log) {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    if (lines.length > 0) yield lines.map(shown);
    if (rest.length <= KEPT_CHARACTERS) continue;
    dropped += rest.length - SHOWN_CHARACTERS;
    rest = rest.slice(0, SHOWN_CHARACTERS);
  }
  rest += decoder.decode();
  if (rest !== '') yield [shown(rest)];
}

/** A carriage return goes back to the line's beginning: of a progress display, what stood there last is seen. */
function asOnTerminal(line: string): string {
  if (!line.includes('\r')) return line;
  const whole = line.replace(/\r+$/, '');
  return whole.slice(whole.lastIndexOf('\r') + 1);
}
