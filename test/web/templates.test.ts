import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Templates } from '../../src/web/templates.js';
import { ASSETS, TEMPLATES } from '../support/sites.js';

const files = readdirSync(TEMPLATES).map((name) => [name, readFileSync(join(TEMPLATES, name), 'utf8')] as const);

describe('the template', () => {
  it.each(files)('%s escapes all that it shows', (_, source) => {
    expect(source).not.toMatch(/\{\{\{|\{\{\s*&|\{\{\s*=/);
  });

  it.each(files)('%s has values in quoted attributes only, and none that is a script or a style', (_, source) => {
    const tags = source.match(/<[a-z][^>]*>/g) ?? [];
    for (const tag of tags) expect(tag.replace(/"[^"]*"/g, '""'), tag).not.toContain('{{');
    expect(source).not.toMatch(
      /<script(?! (type="module" )?src="\/assets\/[a-z-]+\.js">)|<style|\sstyle=|\son[a-z]+=|javascript:/i,
    );
  });

  it.each(files)('%s asks for nothing from another host', (_, source) => {
    expect(source).not.toMatch(/(src|href|action)="(https?:)?\/\//);
  });

  it('shows text as text, whatever it is', () => {
    const trail = [{ text: `<img src=x onerror="hack()">`, href: `/"onmouseover='hack()'` }];
    const site = { name: 'CI', distribution: '<b>', search: '/' };
    const view = {
      title: '</title><script>',
      heading: '{{{title}}}',
      text: '&lt;',
      trail,
      hasTrail: true,
      hasAbove: true,
      site,
    };
    const html = new Templates(TEMPLATES).render('message', { ...view, query: '"><script>' });
    expect(html).toContain('<title>&lt;/title&gt;&lt;script&gt; · CI</title>');
    expect(html).toContain('value="&quot;&gt;&lt;script&gt;"');
    expect(html).toContain('href="/&quot;onmouseover=&#39;hack()&#39;"');
    expect(html).toContain('<h1>{{{title}}}</h1>');
    expect(html).toContain('<p>&amp;lt;</p>');
    expect(html).not.toMatch(/<script(?! (type="module" )?src="\/assets\/)|<img src=x/);
  });

  it('that is not there is an error', () => {
    expect(() => new Templates(TEMPLATES).render('nowhere', {})).toThrow(/nowhere/);
  });
});

describe('the stylesheet', () => {
  it('asks for nothing from elsewhere', () => {
    expect(readFileSync(join(ASSETS, 'debci.css'), 'utf8')).not.toMatch(/url\(|@import/);
  });
});
