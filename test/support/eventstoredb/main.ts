import { createInterface } from 'node:readline';

import type { Fault } from './faults.js';
import { ServerDouble } from './server.js';

/**
 * The double in a process of its own. Prints its URL; then takes commands, one JSON text a line, and answers each with
 * `ok`: `{"fault": {…}}`, `{"do": "cut" | "down" | "up"}`. Ends with its standard input, with 1 where a client broke a rule.
 */
async function main(): Promise<void> {
  const server = await ServerDouble.start({ maxAppendSize: 4 * 1024 * 1024 });
  console.log(server.url);
  for await (const line of createInterface({ input: process.stdin })) {
    const command = JSON.parse(line) as { fault?: Fault; do?: 'cut' | 'down' | 'up' };
    if (command.fault !== undefined) server.faults.add(command.fault);
    if (command.do !== undefined) await server[command.do]();
    console.log('ok');
  }
  await server.stop();
  if (server.brokenRules.length > 0) console.error(server.brokenRules.join('\n'));
  process.exitCode = server.brokenRules.length > 0 ? 1 : 0;
}

await main();
