import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { build, debci } from '../support/debci.js';
import { temporaryFolder } from '../support/folder.js';

describe('debci test', () => {
  let folder: ReturnType<typeof temporaryFolder>;
  beforeAll(build, 120_000);
  beforeEach(() => {
    folder = temporaryFolder();
  });
  afterEach(() => {
    folder.remove();
  });

  it('runs a package here and now, shows its log, and says how it ended', async () => {
    const place = ['--data-dir', folder.path, '--backend', 'fake', '--suite', 'sid', '--arch', 'amd64'];
    const { code, stdout, stderr } = await debci(['test', ...place, 'hello']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('testing package hello');
    expect(stdout).toMatch(/\nhello sid\/amd64 pass \d+s \(.+\)\n$/);
  });
});
