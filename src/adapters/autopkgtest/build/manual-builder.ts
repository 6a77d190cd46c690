import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import { TestbedSetupError } from '../../../domain/ports/testbed.js';
import type { Builder, TestbedPlace } from '../backends.js';
import { cleanEnvironment } from '../../shared/process/environment.js';
import type { CompleteSettings } from '../settings.js';
import type { TestbedBuilder } from './testbed-builder.js';

/** For testbeds that are built outside of debci: tells how, and asks the backend's own tool whether it is done. */
export class ManualBuilder implements TestbedBuilder {
  constructor(
    private readonly builder: Extract<Builder, { kind: 'by hand' }>,
    private readonly settings: CompleteSettings,
  ) {}

  async ready(place: TestbedPlace): Promise<boolean> {
    const [program, ...args] = this.builder.present(place);
    return await promisify(execFile)(program, args, {
      env: cleanEnvironment(this.settings.path, this.settings.tmpDir),
    }).then(
      () => true,
      () => false,
    );
  }

  async setup(place: TestbedPlace): Promise<'not needed'> {
    if (await this.ready(place)) return 'not needed';
    throw new TestbedSetupError(
      `debci does not build this testbed yet; for now build it with: ${this.builder.command(place)}`,
    );
  }

  environment(): Promise<Record<string, string>> {
    return Promise.resolve({});
  }
}
