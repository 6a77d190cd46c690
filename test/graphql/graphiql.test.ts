import { expect, it } from 'vitest';
import { describeInBrowser } from '../support/browser.js';
import { finishedRun } from '../support/event-log.js';
import { World } from './world.js';

describeInBrowser('GraphiQL in a browser', (open) => {
  it('runs queries under a policy that lets only its own script run, and asks no other host', async () => {
    const world = World.start();
    await world.happen(...finishedRun({ runId: 4711 }));
    const url = await world.listen();
    const page = await open();
    const troubles: string[] = [];
    page.on('console', (message) => {
      if (message.type() === 'error') troubles.push(message.text());
    });
    page.on('pageerror', (error) => troubles.push(error.message));
    page.on('request', (request) => {
      if (![url, `blob:${url}`].some((ours) => request.url().startsWith(ours))) troubles.push(request.url());
    });
    const response = await page.goto(`${url}/graphql?query=${encodeURIComponent('{ tests { nodes { runId } } }')}`);
    expect(response?.headers()['content-security-policy']).toMatch(/script-src 'sha256-[^']+'; worker-src blob:/);
    await page.getByRole('button', { name: /execute query/i }).click();
    await page.locator('.graphiql-response', { hasText: '4711' }).waitFor();
    expect(troubles).toEqual([]);
  }, 60_000);
});
