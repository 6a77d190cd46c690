import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gzip as gzipCallback } from 'node:zlib';

const gzip = promisify(gzipCallback);

export interface GraphiqlPage {
  readonly headers: Readonly<Record<string, string>>;
  /** Gzipped: it is 9 MB of HTML. */
  readonly body: Buffer;
}

/**
 * GraphiQL, whole in one document: it asks no other host for anything. Only its own script may run in it, by the
 * script's digest; its editor works in threads made of parts of that script (`blob:`), and sets styles.
 */
async function makePage(): Promise<GraphiqlPage> {
  const { renderGraphiQL } = await import('@graphql-yoga/render-graphiql');
  const html = renderGraphiQL({ title: 'debci GraphiQL' });
  const policy = [
    "default-src 'none'",
    `script-src 'sha256-${createHash('sha256').update(scriptOf(html)).digest('base64')}'`,
    'worker-src blob:',
    "style-src 'unsafe-inline'",
    'img-src data:',
    'font-src data:',
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ];
  const body = await gzip(html);
  return {
    body,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-encoding': 'gzip',
      'content-security-policy': policy.join('; '),
      'cache-control': 'no-cache',
      etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 27)}"`,
    },
  };
}

function scriptOf(html: string): string {
  const begin = html.indexOf('<script>') + '<script>'.length;
  return html.slice(begin, html.indexOf('</script>', begin));
}

let page: Promise<GraphiqlPage> | undefined;

/** Made when somebody first asks for it, since it takes a second and some memory. */
export function graphiqlPage(): Promise<GraphiqlPage> {
  page ??= makePage();
  return page;
}
