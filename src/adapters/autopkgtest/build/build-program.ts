import { TestbedSetupError } from '../../../domain/ports/testbed.js';
import { type LineProgram, runLineProgram } from '../../shared/process/line-program.js';
import type { CompleteSettings } from '../settings.js';

/**
 * Runs one program of a build.
 * @throws TestbedSetupError with its last lines, where it fails or is stopped
 */
export async function runBuildProgram(
  program: Omit<LineProgram, 'path' | 'graceMs'>,
  { path, graceMs }: CompleteSettings,
): Promise<void> {
  const failure = await runLineProgram({ ...program, path, graceMs });
  if (failure !== null) throw new TestbedSetupError(failure);
}
