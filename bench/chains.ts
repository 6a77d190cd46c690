import type { Limited } from './harness.js';
import { installed, sample, snapshotOf, withRealArchive } from './real-archive.js';

const COMPARED = 200;

/** For 200 packages, whether our chain is what apt resolves; names those that differ, and says how. */
export async function benchChains(): Promise<Limited[]> {
  return withRealArchive(async (real) => {
    const snapshot = await snapshotOf(real);
    const root = real.archive.root(real.target);
    let equal = 0;
    for (const source of sample(snapshot, COMPARED)) {
      const theirs = await installed(root, snapshot.installs(source));
      const members = Array.from(snapshot.chain(source), (id) => snapshot.member(id));
      const ours = new Set(members.map(({ name, version }) => `${name} ${version}`));
      const why = theirs === null ? 'apt cannot install all of it at once' : difference(ours, theirs);
      if (why === '') equal++;
      else console.log(`  ${source.name}: ${why}`);
    }
    console.log(`  ${equal} of ${COMPARED} chains are equal`);
    return [{ name: 'chains: those that apt resolves too', value: (equal / COMPARED) * 100, unit: '%', atLeast: 95 }];
  });
}

function difference(ours: ReadonlySet<string>, theirs: ReadonlySet<string>): string {
  const without = (a: ReadonlySet<string>, b: ReadonlySet<string>): string =>
    [...a].filter((one) => !b.has(one)).join(', ');
  const [more, less] = [without(ours, theirs), without(theirs, ours)];
  return [more && `we have ${more}`, less && `apt has ${less}`].filter((part) => part !== '').join('; ');
}
