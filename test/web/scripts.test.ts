import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { aJob, finishedRun } from '../support/event-log.js';
import { browsedSite, troublesOf } from '../support/browsed-site.js';
import { describeInBrowser } from '../support/browser.js';

/** The page is kept up from here on. */
async function live(page: Page): Promise<void> {
  await page.getByText('live', { exact: true }).waitFor();
}

describeInBrowser('the scripts of the pages', (open) => {
  it('search while one types; arrows choose, Enter goes there, Escape closes', async () => {
    const { base } = await browsedSite();
    const page = await open();
    const troubles = troublesOf(page, base);
    await page.goto(base);
    const field = page.getByRole('combobox', { name: 'Package name, or a part of it' });
    await field.pressSequentially('hel');
    const options = page.getByRole('option');
    await options.first().waitFor();
    expect(await options.allTextContents()).toEqual(['hello', 'help2man']);
    await page.keyboard.press('Escape');
    expect(await page.getByRole('listbox').count()).toBe(0);
    expect(await field.inputValue()).toBe('hel');
    await page.keyboard.press('ArrowDown');
    await options.first().waitFor();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    expect(await page.getByRole('option', { selected: true }).textContent()).toBe('help2man');
    expect(await field.getAttribute('aria-activedescendant')).toBe('find-matches-1');
    await page.keyboard.press('Enter');
    await page.waitForURL('**/packages/h/help2man/');
    expect(troubles).toEqual([]);
  });

  it('leave the form as it is where nothing is chosen, and take a click', async () => {
    const { base } = await browsedSite();
    const page = await open();
    await page.goto(`${base}/status/`);
    const field = page.getByRole('combobox', { name: 'Package' });
    await field.pressSequentially('hel');
    await page.getByRole('option').first().waitFor();
    await page.keyboard.press('Enter');
    await page.waitForURL('**/packages/-/search?query=hel');
    await field.fill('libx');
    await page.getByRole('option', { name: 'libxml2' }).click();
    await page.waitForURL('**/packages/libx/libxml2/');
  });

  it('leave the heading of a log’s section in view, and above its lines', async () => {
    const { base } = await browsedSite();
    const page = await open({ viewport: { width: 800, height: 200 } });
    await page.goto(`${base}/packages/h/hello/unstable/amd64/2/`);
    const heading = page.locator('summary', { hasText: 'test bed setup' });
    await heading.click();
    await page.locator('#L20').scrollIntoViewIfNeeded();
    const onTop = await heading.evaluate((summary) => {
      const { left, top, height } = summary.getBoundingClientRect();
      return summary.contains(document.elementFromPoint(left + 60, top + height / 2));
    });
    expect(onTop).toBe(true);
  });

  it('tell how long what is under way has been, and go on telling it after an update', async () => {
    const { base, happen } = await browsedSite();
    const page = await open();
    await page.clock.setFixedTime(new Date(Date.now() + 25.5 * 3600 * 1000));
    await page.goto(`${base}/status/pending/`);
    const row = page.getByRole('row', { name: 'help2man' });
    await row.getByText('1 d 1 h', { exact: true }).waitFor();
    await live(page);
    await happen({ type: 'TestEnqueued', data: aJob({ runId: 20, package: 'later' }) });
    await page.getByRole('row', { name: 'later' }).waitFor();
    await row.getByText('1 d 1 h', { exact: true }).waitFor();
  });

  it('show a page as it was on the day that is chosen, and as it is', async () => {
    const { base } = await browsedSite();
    const page = await open();
    const troubles = troublesOf(page, base);
    await page.goto(`${base}/status/failing/?suite=unstable`);
    await page.getByRole('link', { name: 'hello' }).waitFor();
    await page.getByLabel('As of').fill('2025-11-30');
    await page.getByRole('button', { name: 'Show' }).click();
    await page.waitForURL('**/status/failing/?suite=unstable&as-of=2025-11-30');
    await page.getByText('There is none.').waitFor();
    await page.getByRole('link', { name: 'Back to now' }).click();
    await page.waitForURL('**/status/failing/?suite=unstable');
    await page.getByRole('link', { name: 'hello' }).waitFor();
    expect(troubles).toEqual([]);
  });

  it('open and close the sections of a log, and the one that an address points into', async () => {
    const { base } = await browsedSite();
    const page = await open();
    const troubles = troublesOf(page, base);
    await page.goto(`${base}/packages/h/hello/unstable/amd64/2/#L3`);
    const opened = (): Promise<number> => page.locator('details.fold[open]').count();
    const sections = await page.locator('details.fold').count();
    await page.locator('#L3').waitFor({ state: 'visible' });
    expect(await page.locator('#L3').evaluate((line) => line.matches(':target'))).toBe(true);
    expect(await opened()).toBe(3);
    await page.getByText('test upstream', { exact: true }).last().click();
    expect(await opened()).toBe(2);
    await page.getByRole('button', { name: 'Open all' }).click();
    expect(await opened()).toBe(sections);
    await page.getByRole('button', { name: 'Close all' }).click();
    expect(await opened()).toBe(0);
    await page.locator('.tests').getByRole('link', { name: 'upstream' }).click();
    await page.locator('#test-upstream[open]').waitFor();
    expect(troubles).toEqual([]);
  });

  it('turn the page dark, and remember it', async () => {
    const { base } = await browsedSite();
    const page = await open({ colorScheme: 'light' });
    const background = (): Promise<string> => page.evaluate('getComputedStyle(document.body).backgroundColor');
    await page.goto(base);
    expect(await background()).toBe('rgb(255, 255, 255)');
    await page.getByRole('button', { name: 'Dark mode' }).click();
    expect(await background()).toBe('rgb(20, 23, 28)');
    await page.goto(`${base}/status/`);
    expect(await background()).toBe('rgb(20, 23, 28)');
    expect(await page.getByRole('button', { name: 'Dark mode', pressed: true }).count()).toBe(1);
    await page.getByRole('button', { name: 'Dark mode' }).click();
    expect(await background()).toBe('rgb(255, 255, 255)');
    expect(await page.evaluate('localStorage.length')).toBe(0);
  });

  it('show a new result without a reload, and leave what one types where it is', async () => {
    const { base, happen } = await browsedSite();
    const page = await open();
    const troubles = troublesOf(page, base);
    await page.goto(base);
    await live(page);
    await page.evaluate('window.notReloaded = true');
    const field = page.getByRole('combobox', { name: 'Package name, or a part of it' });
    await field.fill('unfinish');
    await happen(...finishedRun({ runId: 20, package: 'novelty' }));
    await page.getByRole('link', { name: 'novelty' }).waitFor();
    expect(await page.evaluate('window.notReloaded')).toBe(true);
    expect(await field.inputValue()).toBe('unfinish');
    expect(await field.evaluate((element) => element === document.activeElement)).toBe(true);
    expect(troubles).toEqual([]);
  });

  it('keep focus and scrolling through an update, on a phone too', async () => {
    const { base, happen } = await browsedSite();
    const page = await open({ viewport: { width: 360, height: 740 } });
    await page.goto(`${base}/packages/h/hello/`);
    await live(page);
    const link = page.getByRole('link', { name: 'history: unstable/amd64' });
    await link.focus();
    const scrolled = await page.evaluate('scrollY');
    await happen({ type: 'TestEnqueued', data: aJob({ runId: 30, trigger: 'novelty/1' }) });
    await page.getByText('novelty/1').waitFor();
    expect(await link.evaluate((element) => element === document.activeElement)).toBe(true);
    expect(await page.evaluate('scrollY')).toBe(scrolled);
  });

  it('follow a run until it has its result', async () => {
    const { base, happen } = await browsedSite();
    const page = await open();
    await page.goto(`${base}/packages/z/zlib/unstable/amd64/8/`);
    await live(page);
    const [, finished] = finishedRun({ runId: 8, package: 'zlib' }, { message: 'All tests passed, at last' });
    if (finished) await happen(finished);
    await page.getByText('All tests passed, at last').waitFor();
  });
});
