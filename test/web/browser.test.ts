import { expect, it } from 'vitest';
import { browsedSite, HOSTILE, PAGES, troublesOf } from '../support/browsed-site.js';
import { describeInBrowser } from '../support/browser.js';

describeInBrowser('the pages in Chromium', (open) => {
  it('lead without scripts from a search to the log of a failure', async () => {
    const { base } = await browsedSite();
    const page = await open({ javaScriptEnabled: false });
    const troubles = troublesOf(page, base);
    await page.goto(base);
    await page.getByRole('searchbox', { name: 'Package name, or a part of it' }).fill('hell');
    await page.keyboard.press('Enter');
    await page.waitForURL('**/packages/h/hello/');
    await page.getByRole('link', { name: 'fail: log of run 2' }).first().click();
    await page.waitForURL('**/packages/h/hello/unstable/amd64/2/');
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toContain('hello');
    expect(await page.locator('.log').textContent()).toContain('upstream FAIL non-zero');
    expect(await page.getByRole('link', { name: 'Raw log' }).getAttribute('href')).toMatch(/\/2\/log\.gz$/);
    expect(troubles).toEqual([]);
  });

  it('show hostile data as text, and nothing of it runs', async () => {
    const { base } = await browsedSite();
    const page = await open();
    const troubles = troublesOf(page, base);
    for (const path of PAGES) {
      await page.goto(base + path);
      expect(await page.title(), path).toContain('Debian Continuous Integration');
      expect(await page.locator('script:not([src^="/assets/"]), main img, [onerror]').count(), path).toBe(0);
    }
    await page.goto(`${base}/packages/h/hello/unstable/amd64/2/`);
    expect(await page.locator('.log').textContent()).toContain(HOSTILE);
    expect(await page.locator('dd', { hasText: 'script' }).first().textContent()).toContain(HOSTILE);
    expect(troubles).toEqual([]);
  });

  it.each(['light', 'dark'] as const)('fit a phone in %s, and can be read there', async (colorScheme) => {
    const { base } = await browsedSite();
    const page = await open({ colorScheme, viewport: { width: 360, height: 740 } });
    for (const path of PAGES) {
      await page.goto(base + path);
      const width = await page.evaluate('document.documentElement.scrollWidth');
      expect(width, path).toBeLessThanOrEqual(360);
      expect(await page.evaluate(LOWEST_CONTRAST), path).toBeGreaterThanOrEqual(4.5);
    }
    const background = await page.evaluate('getComputedStyle(document.body).backgroundColor');
    expect(background).toBe(colorScheme === 'light' ? 'rgb(255, 255, 255)' : 'rgb(20, 23, 28)');
  });

  it('can be gone through with the keyboard: the first stop skips to the content', async () => {
    const { base } = await browsedSite();
    const page = await open();
    await page.goto(`${base}/packages/h/hello/`);
    await page.keyboard.press('Tab');
    const skip = page.getByRole('link', { name: 'Skip to the content' });
    expect(await page.locator(':focus').getAttribute('href')).toBe('#content');
    expect(await skip.isVisible()).toBe(true);
    await page.keyboard.press('Enter');
    await page.waitForURL('**/#content');
    for (const role of ['banner', 'navigation', 'search', 'main', 'contentinfo'] as const) {
      expect(await page.getByRole(role).count(), role).toBeGreaterThan(0);
    }
  });
});

/** The lowest contrast (WCAG 2) of any text with the background that is set nearest around it. */
const LOWEST_CONTRAST = `(() => {
  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const rgba = (color) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const luminance = ([r, g, b]) => {
    const linear = [r, g, b].map((v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
  };
  const background = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const color = rgba(getComputedStyle(at).backgroundColor);
      if (color[3] === 255) return color;
    }
    return rgba('canvas');
  };
  const texts = [...document.querySelectorAll('body *')].filter((element) =>
    [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim() !== ''),
  );
  return Math.min(...texts.map((element) => {
    const [a, b] = [rgba(getComputedStyle(element).color), background(element)].map(luminance);
    return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  }));
})()`;
