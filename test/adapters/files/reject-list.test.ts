import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FileRejectList } from '../../../src/adapters/files/reject-list.js';
import { InvalidInputError } from '../../../src/domain/errors.js';
import { silentLogger } from '../../support/loggers.js';
import { temporaryFolder } from '../../support/read-models.js';

const names = (list: FileRejectList): string[] => list.entries().map((entry) => entry.package);

describe('the file of the reject list', () => {
  it('rejects nothing where it is not there, and something once it is', () => {
    const path = join(temporaryFolder(), 'reject_list');
    const list = FileRejectList.open(path, silentLogger);
    expect(names(list)).toEqual([]);
    writeFileSync(path, 'hello\n');
    expect(names(list)).toEqual(['hello']);
    rmSync(path);
    expect(names(list)).toEqual([]);
  });

  it('is read anew when it was edited; a wrong edit changes nothing, and is logged once', () => {
    const path = join(temporaryFolder(), 'reject_list');
    writeFileSync(path, 'hello\n');
    const errors: object[] = [];
    const list = FileRejectList.open(path, { ...silentLogger, error: (fields) => errors.push(fields) });
    writeFileSync(path, 'hello\nnot an entry at all\n');
    expect(names(list)).toEqual(['hello']);
    expect(names(list)).toEqual(['hello']);
    expect(errors).toHaveLength(1);
    writeFileSync(path, 'dpkg\n');
    expect(names(list)).toEqual(['dpkg']);
  });

  it('is refused at the start where it is wrong', () => {
    const path = join(temporaryFolder(), 'reject_list');
    writeFileSync(path, 'a b c d e\n');
    expect(() => FileRejectList.open(path, silentLogger)).toThrow(InvalidInputError);
  });
});
