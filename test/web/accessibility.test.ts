import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { browsedSite, PAGES } from '../support/browsed-site.js';
import { describeInBrowser } from '../support/browser.js';

const AXE = readFileSync(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8');

interface Violation {
  readonly id: string;
  readonly impact: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
}

describeInBrowser('axe-core', (open) => {
  it.each(['light', 'dark'] as const)('finds nothing serious on any kind of page, in %s', async (colorScheme) => {
    const { base } = await browsedSite();
    const page = await open({ colorScheme });
    for (const path of PAGES) {
      await page.goto(base + path);
      for (const details of await page.locator('details:not([open])').all())
        await details.evaluate('(d) => (d.open = true)');
      await page.evaluate(AXE);
      const violations = await page.evaluate<Violation[]>('axe.run().then(({ violations }) => violations)');
      const serious = violations
        .filter(({ impact }) => impact === 'serious' || impact === 'critical')
        .map(({ id, nodes }) => `${path} ${id}: ${nodes[0]?.html} ${nodes[0]?.failureSummary}`);
      expect(serious).toEqual([]);
    }
  });
});
