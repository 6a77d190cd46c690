import { FileLock } from '../../../../src/adapters/sqlite/file-lock.js';

/** Holds the lock until it is killed. */
const [path = ''] = process.argv.slice(2);
console.log(new FileLock(path).tryAcquire() === null ? 'taken' : 'held');
process.stdin.resume();
