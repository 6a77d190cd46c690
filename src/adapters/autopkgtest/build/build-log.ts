import { createWriteStream } from 'node:fs';
import { rename } from 'node:fs/promises';
import { finished } from 'node:stream/promises';

/** So many builds' logs are kept: `FILE`, `FILE.1` … */
const KEPT = 5;

/** What a build prints, line by line. */
export interface BuildLog {
  write(line: string): void;
  close(): Promise<void>;
}

/** Opens the log of a new build; those of earlier builds move on. Under the build's lock. */
export async function openBuildLog(file: string): Promise<BuildLog> {
  for (let number = KEPT - 1; number > 0; number--) {
    await rename(number === 1 ? file : `${file}.${number - 1}`, `${file}.${number}`).catch(unlessMissing);
  }
  const stream = createWriteStream(file);
  // A full disk ends the build itself; the log need not.
  stream.on('error', () => undefined);
  return {
    write: (line) => void stream.write(`${line}\n`),
    close: () => finished(stream.end()).catch(() => undefined),
  };
}

function unlessMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}
