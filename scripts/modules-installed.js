// Exits 0 if node_modules holds exactly what package-lock.json says, as npm itself noted when it last wrote it.
import { readFileSync } from 'node:fs';

function packages(path) {
  try {
    return JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8')).packages;
  } catch (error) {
    if (error.code === 'ENOENT') return {};
    throw error;
  }
}

const wanted = packages('../package-lock.json');
delete wanted['']; // the project itself
const present = packages('../node_modules/.package-lock.json');

/** Optional packages may be missing: they are those of other systems. */
const asWanted = ([path, { integrity, optional }]) =>
  present[path] === undefined ? optional === true : present[path].integrity === integrity;

const complete = Object.entries(wanted).every(asWanted);
const nothingElse = Object.keys(present).every((path) => path in wanted);
process.exit(complete && nothingElse ? 0 : 1);
