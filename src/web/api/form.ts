import type { FastifyRequest } from 'fastify';
import { InvalidInputError } from '../../domain/errors.js';

/** What a call says beside its address: fields of a form or of the query, as text; a file's text is its field's. */
export type Form = ReadonlyMap<string, string>;

/**
 * A request's form: `application/x-www-form-urlencoded` or `multipart/form-data`, as `curl --data` and `--form` send it.
 * Fields of the query count where the form has none of that name.
 * @throws InvalidInputError
 */
export async function formOf({ body, headers, query }: FastifyRequest): Promise<Form> {
  const form = new Map<string, string>(new URLSearchParams(query as Record<string, string>));
  if (!Buffer.isBuffer(body) || body.length === 0) return form;
  const type = headers['content-type'] ?? '';
  for (const [name, value] of await parsed(body, type)) {
    form.set(name, typeof value === 'string' ? value : await value.text());
  }
  return form;
}

/** The platform's own parser. */
async function parsed(body: Buffer, type: string): Promise<FormData> {
  try {
    return await new Response(new Uint8Array(body), { headers: { 'content-type': type } }).formData();
  } catch {
    const allowed = 'application/x-www-form-urlencoded or multipart/form-data, and a body that is that';
    throw new InvalidInputError([{ field: 'content-type', value: type, allowed }]);
  }
}
