// `node --import …/register.js script.ts` runs our TypeScript as it is, for tests that need a process of their own.
import { register } from 'node:module';

register('./hooks.js', import.meta.url);
