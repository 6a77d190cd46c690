import { existsSync } from 'node:fs';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, onTestFinished } from 'vitest';

/** Debian's. */
const CHROMIUM = '/usr/bin/chromium';

/** A page in a window of its own, which closes with the test. */
export type OpenPage = (options?: BrowserContextOptions) => Promise<Page>;

/** Tests in a real browser: skipped, by name, where there is none; in CI they fail there. */
export function describeInBrowser(name: string, body: (open: OpenPage) => void): void {
  if (!existsSync(CHROMIUM) && process.env.CI !== 'true') {
    describe.skip(`${name} (chromium is not installed)`, () => undefined);
    return;
  }
  describe(name, () => {
    let browser: Browser | undefined;
    beforeAll(async () => {
      const args = ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu'];
      browser = await chromium.launch({ executablePath: CHROMIUM, args });
    });
    afterAll(async () => {
      await browser?.close();
    });
    body(async (options) => {
      if (!browser) throw new Error('the browser did not start');
      const context = await browser.newContext(options);
      onTestFinished(() => context.close());
      return context.newPage();
    });
  });
}
