import { formatPin } from '../../domain/job.js';
import type { TestRequest } from '../../domain/ports/testbed.js';
import { type Backend, type TestbedPlace } from './backends.js';
import { sourceLines } from '../shared/apt/extra-sources.js';

/** A file in the folder that autopkgtest starts in, and where the testbed is to have it. */
export interface Copy {
  /** Has no colon, which would end the host's path. */
  readonly name: string;
  readonly to: string;
}

export interface CommandInput {
  /** Must have passed `checkRequest`. */
  readonly request: TestRequest;
  readonly backend: Backend;
  readonly place: TestbedPlace;
  readonly outputDir: string;
  readonly copies: readonly Copy[];
  readonly autopkgtestArgs: readonly string[];
  readonly tag: string;
}

/** autopkgtest's command line, the one that Debian's worker uses. */
export function autopkgtestCommand(input: CommandInput): [string, ...string[]] {
  const { request, backend } = input;
  const extraLines = request.extraAptSources.flatMap(({ entry }) => sourceLines(entry) ?? []);
  return [
    'autopkgtest',
    '--no-built-binaries',
    ...backend.options,
    '--output-dir',
    input.outputDir,
    ...pinOptions(request, extraLines),
    ...extraLines.map((line) => `--add-apt-source=${line}`),
    ...input.copies.map(({ name, to }) => `--copy=${name}:${to}`),
    ...input.autopkgtestArgs,
    request.package,
    '--',
    ...backend.server(input.place, input.tag),
  ];
}

/** A suite that a pin names must be among the testbed's sources: as its own, by an extra source, or added here. */
function pinOptions({ pins, suite }: TestRequest, extraLines: readonly string[]): string[] {
  const there = new Set([suite, ...extraLines.flatMap((line) => line.split(/\s+/))]);
  const others = [...new Set(pins.map((pin) => pin.suite))].filter((name) => !there.has(name));
  return [
    ...others.map((name) => `--add-apt-release=${name}`),
    ...pins.map((pin) => `--pin-packages=${formatPin(pin)}`),
  ];
}
