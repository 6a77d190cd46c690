import type { ChangedPackage } from '../job.js';
import type { Member } from './snapshot.js';

const OWN = 'src:';

/** The tested source package itself, as a member of its chain. */
export function ownMember(name: string, version: string): Member {
  return { name: OWN + name, version };
}

/** Whether it is a tested source package, and no binary package of its chain. */
export function isOwn({ name }: Member): boolean {
  return name.startsWith(OWN);
}

/**
 * What differs between two chains of one source package: its own new version first, then by name.
 * @param then,now each package at most once.
 */
export function changesBetween(then: Iterable<Member>, now: Iterable<Member>): ChangedPackage[] {
  const before = new Map<string, string>();
  for (const { name, version } of then) before.set(name, version);
  const changes: (ChangedPackage & { own: boolean })[] = [];
  for (const member of now) {
    const { name, version } = member;
    const from = before.get(name) ?? null;
    before.delete(name);
    if (from !== version) changes.push(change(member, from, version));
  }
  for (const [name, version] of before) changes.push(change({ name, version }, version, null));
  changes.sort((a, b) => Number(b.own) - Number(a.own) || (a.package < b.package ? -1 : 1));
  return changes.map(({ own: _, ...changed }) => changed);
}

function change(member: Member, from: string | null, to: string | null): ChangedPackage & { own: boolean } {
  const own = isOwn(member);
  return { package: own ? member.name.slice(OWN.length) : member.name, from, to, own };
}
