import { mkdirSync, renameSync, symlinkSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { HotFiles } from '../../src/web/hot-files.js';
import { temporaryFolder } from '../support/read-models.js';

function site(files: Readonly<Record<string, string>>): string {
  const root = join(temporaryFolder(), 'html');
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  }
  return root;
}

/** As the renderer does it. */
function replace(file: string, text: string): void {
  writeFileSync(`${file}.new`, text);
  renameSync(`${file}.new`, file);
}

describe('files in memory', () => {
  it('are a folder’s index for a path that ends with a slash', async () => {
    const files = new HotFiles(site({ 'packages/h/index.html': 'h', 'index.html': 'home' }));
    expect((await files.get('/packages/h/'))?.body.toString()).toBe('h');
    expect((await files.get('/'))?.body.toString()).toBe('home');
    expect(await files.get('/packages/h')).toBeNull();
    expect(await files.get('/packages/')).toBeNull();
  });

  it('are read once while they stay the same', async () => {
    const files = new HotFiles(site({ 'a.css': 'a' }));
    const first = await files.get('/a.css');
    expect(await files.get('/a.css')).toBe(first);
  });

  it('are read again at once when they were replaced, even in the same instant by one of the same size', async () => {
    const root = site({ 'index.html': 'old' });
    const files = new HotFiles(root);
    const time = new Date('2026-01-01T00:00:00Z');
    utimesSync(join(root, 'index.html'), time, time);
    expect((await files.get('/'))?.body.toString()).toBe('old');
    replace(join(root, 'index.html'), 'new');
    utimesSync(join(root, 'index.html'), time, time);
    expect((await files.get('/'))?.body.toString()).toBe('new');
  });

  it('keep their tag when they are written anew with the same text', async () => {
    const root = site({ 'index.html': 'same' });
    const files = new HotFiles(root);
    const before = await files.get('/');
    replace(join(root, 'index.html'), 'same');
    const after = await files.get('/');
    expect(after).not.toBe(before);
    expect(after?.etag).toBe(before?.etag);
  });

  it('are gone when they were removed', async () => {
    const root = site({ 'index.html': 'home' });
    const files = new HotFiles(root);
    await files.get('/');
    unlinkSync(join(root, 'index.html'));
    expect(await files.get('/')).toBeNull();
  });

  it('are forgotten, those used longest ago first, so that memory stays within its bound', async () => {
    const root = site({ 'a.txt': 'a'.repeat(40), 'b.txt': 'b'.repeat(40), 'c.txt': 'c'.repeat(40) });
    const files = new HotFiles(root, 200);
    const [a, b] = [await files.get('/a.txt'), await files.get('/b.txt')];
    expect(await files.get('/a.txt')).toBe(a);
    await files.get('/c.txt');
    expect(await files.get('/a.txt')).toBe(a);
    expect(await files.get('/b.txt')).not.toBe(b);
  });

  it('are sent even if memory holds none', async () => {
    const files = new HotFiles(site({ 'a.txt': 'a' }), 0);
    expect((await files.get('/a.txt'))?.body.toString()).toBe('a');
  });

  it('are packed once in each encoding, if they are text that is worth it', async () => {
    const text = '<p>hello</p>\n'.repeat(1000);
    const files = new HotFiles(site({ 'index.html': text, 'small.html': 'hi', 'a.png': text }));
    const page = await files.get('/');
    expect(brotliDecompressSync((await page?.packed('br')) ?? '').toString()).toBe(text);
    expect(gunzipSync((await page?.packed('gzip')) ?? '').toString()).toBe(text);
    expect(page?.packed('gzip')).toBe(page?.packed('gzip'));
    expect((await files.get('/small.html'))?.packs).toBe(false);
    expect((await files.get('/a.png'))?.packs).toBe(false);
  });
});

describe('no file', () => {
  it.each([
    '/../secret.html',
    '/a/../../secret.html',
    '/.hidden/index.html',
    '/a/.secret.html',
    '/a\\..\\..\\secret.html',
    '/index.html\0.html',
    '//index.html',
    'index.html',
    '/index.html.4711.new',
    '/events.sqlite',
    `/${'a'.repeat(300)}.html`,
    '/index.html/x.html',
  ])('is %j', async (path) => {
    const root = site({
      'index.html': 'home',
      'index.html.4711.new': 'half',
      'events.sqlite': 'x',
      '.hidden/index.html': 'x',
      'a/.secret.html': 'x',
    });
    writeFileSync(join(root, '../secret.html'), 'secret');
    expect(await new HotFiles(root).get(path)).toBeNull();
  });

  it('is a folder by the name of one', async () => {
    const root = site({ 'x.html/index.html': 'x' });
    expect(await new HotFiles(root).get('/x.html')).toBeNull();
  });

  it('is a link that leads nowhere', async () => {
    const root = site({ 'index.html': 'home' });
    symlinkSync('gone.html', join(root, 'link.html'));
    expect(await new HotFiles(root).get('/link.html')).toBeNull();
  });
});
