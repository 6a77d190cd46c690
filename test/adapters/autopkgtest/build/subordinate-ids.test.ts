import { describe, expect, it } from 'vitest';

import { parseRanges, rangeCommand } from '../../../../src/adapters/autopkgtest/build/subordinate-ids.js';

const root = { username: 'root', uid: 0 };
const command = (subuid: string, subgid: string): string | undefined =>
  rangeCommand(root, { users: parseRanges(subuid), groups: parseRanges(subgid) })?.join(' ');

describe('subordinate ids', () => {
  it('begin where Debian begins, on a machine that has given none', () => {
    expect(command('', '')).toBe('usermod --add-subuids 100000-165535 --add-subgids 100000-165535 root');
  });

  it('lie behind all that are given, so that no two users share one', () => {
    const given = 'alice:100000:65536\nbob:231072:65536\n\nbroken\ncarol:165536:65536\n';
    expect(command(given, given)).toContain('--add-subuids 296608-362143 ');
  });

  it.each(['root:100000:65536\n', '0:100000:65536\n'])('are left alone where the user has some: %j', (line) => {
    expect(command(line, line)).toBeUndefined();
    expect(command(line, '')).toBe('usermod --add-subgids 165536-231071 root');
  });
});
