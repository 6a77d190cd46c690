import { defineConfig } from 'vitest/config';

export default defineConfig({
  // Node's way in; vite would load a second copy (index.mjs), whose types are strangers to the first one's.
  resolve: { alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }] },
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 120_000,
    hookTimeout: 180_000,
    setupFiles: ['test/support/setup.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    maxWorkers: 2,
  },
});
