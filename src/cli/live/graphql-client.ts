import { EventSourceParserStream } from 'eventsource-parser/stream';
import { DebciError } from '../../domain/errors.js';

/** No debci answers at the address, or the connection to it broke. */
export class NoServerError extends DebciError {
  readonly code = 'E_NO_SERVER';
}

/** The server says no. Carries its code. */
class ServerRefusedError extends DebciError {
  override readonly exitCode = 2;

  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

interface Result<Data> {
  readonly data?: Data | null;
  readonly errors?: readonly { readonly message: string; readonly extensions?: { readonly code?: string } }[];
}

/** The server says every 12 s that it is still there. */
const SILENCE_MS = 40_000;

/** Asks a server's GraphQL, over HTTP and server-sent events. */
export class GraphqlClient {
  readonly #url: URL;

  /** @param server as `http://localhost:8080` */
  constructor(
    server: string,
    private readonly key: string | null,
  ) {
    this.#url = new URL('graphql', server.endsWith('/') ? server : `${server}/`);
  }

  /** @throws NoServerError, ServerRefusedError */
  async query<Data>(query: string, signal: AbortSignal): Promise<Data> {
    const response = await this.#post({ query }, 'application/json', signal);
    return dataOf((await response.json().catch(unreachable(this.#url))) as Result<Data>);
  }

  /**
   * The results of a subscription, until it is left or the server ends it.
   * @throws NoServerError also where the connection breaks or falls silent; ServerRefusedError
   */
  async *subscribe<Data>(query: string, variables: object, signal: AbortSignal): AsyncGenerator<Data> {
    const silence = new AbortController();
    const timer = setTimeout(() => {
      silence.abort();
    }, SILENCE_MS);
    try {
      const end = AbortSignal.any([signal, silence.signal]);
      const response = await this.#post({ query, variables }, 'text/event-stream', end);
      const heard = new TransformStream<string, string>({
        transform: (text, out) => {
          timer.refresh();
          out.enqueue(text);
        },
      });
      const events = response.body
        ?.pipeThrough(new TextDecoderStream())
        .pipeThrough(heard)
        .pipeThrough(new EventSourceParserStream());
      for await (const { event, data } of events ?? []) {
        if (event === 'complete') return;
        if (event === 'next') yield dataOf(JSON.parse(data) as Result<Data>);
      }
    } catch (error) {
      if (error instanceof DebciError) throw error;
      unreachable(this.#url)(error);
    } finally {
      clearTimeout(timer);
    }
  }

  async #post(body: object, accept: string, signal: AbortSignal): Promise<Response> {
    const headers = {
      accept,
      'content-type': 'application/json',
      ...(this.key !== null && { authorization: `Bearer ${this.key}` }),
    };
    const request = { method: 'POST', headers, body: JSON.stringify(body), signal };
    const response = await fetch(this.#url, request).catch(unreachable(this.#url));
    if (response.headers.get('content-type')?.startsWith(accept) === true) return response;
    const said = (await response.json().catch(() => ({}))) as Result<never>;
    if (said.errors) dataOf(said);
    throw new NoServerError(`${this.#url.href} answered with status ${response.status}, not as debci does`);
  }
}

function unreachable(url: URL): (cause: unknown) => never {
  return (cause) => {
    throw new NoServerError(`no debci answers at ${url.href}`, { cause });
  };
}

function dataOf<Data>({ data, errors }: Result<Data>): Data {
  const [error] = errors ?? [];
  if (error) throw new ServerRefusedError(error.extensions?.code ?? 'E_BAD_QUERY', error.message);
  if (data == null) throw new ServerRefusedError('E_BAD_QUERY', 'the server gave no data');
  return data;
}
