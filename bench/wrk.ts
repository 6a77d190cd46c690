import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** What wrk measured. */
export interface Load {
  readonly requestsPerSecond: number;
  readonly p99Ms: number;
}

const UNIT_MS: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1000 };

function figureOf(output: string, form: RegExp): RegExpExecArray {
  const match = form.exec(output);
  if (!match) throw new Error(`wrk said something else:\n${output}`);
  return match;
}

/**
 * Asks for an address over and over, with one thread and 8 connections.
 * @param script of wrk's (Lua), which makes the requests; default: GET
 * @throws where an answer is not 2xx or 3xx
 */
export async function wrk(url: string, seconds: number, script?: string): Promise<Load> {
  const how = script === undefined ? [] : ['-s', script];
  const { stdout } = await promisify(execFile)('wrk', ['-t1', '-c8', `-d${seconds}s`, '--latency', ...how, url]);
  if (/Non-2xx|Socket errors/.test(stdout)) throw new Error(`${url} failed under load:\n${stdout}`);
  const [, p99 = '', unit = ''] = figureOf(stdout, /99%\s+([\d.]+)(us|ms|s)/);
  const [, rate = ''] = figureOf(stdout, /Requests\/sec:\s+([\d.]+)/);
  return { requestsPerSecond: Number(rate), p99Ms: Number(p99) * (UNIT_MS[unit] ?? NaN) };
}
