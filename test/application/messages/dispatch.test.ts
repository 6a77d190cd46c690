import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatDispatch, parseDispatch } from '../../../src/application/messages/dispatch.js';
import { MalformedMessageError } from '../../../src/application/messages/malformed.js';
import type { Job } from '../../../src/domain/job.js';
import type { TestRequest } from '../../../src/domain/ports/testbed.js';
import { jobs } from '../../domain/arbitraries.js';

interface Captured {
  readonly fields: { readonly routingKey: string };
  readonly payload: string;
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const parse = (line: string): TestRequest => parseDispatch(bytes(line), 'amd64').request;

function requestOf(job: Job): TestRequest {
  const { runId, package: name, suite, arch, backend, variant, trigger, pins, extraAptSources } = job;
  return { runId, package: name, suite, arch, backend, variant, trigger, pins, extraAptSources };
}

describe("the messages that Debian's debci 4.4 sent", () => {
  const captured = JSON.parse(
    readFileSync('test/fixtures/debci-4.4/dispatch/messages.json', 'utf8'),
  ) as readonly Captured[];
  const plain = { backend: 'fake', variant: null, trigger: null, pins: [], extraAptSources: [] };
  const understood: Readonly<Record<number, TestRequest>> = {
    543: { ...plain, runId: 543, package: 'hello', suite: 'unstable', arch: 'amd64' },
    544: {
      ...plain,
      runId: 544,
      package: 'libxml2',
      suite: 'testing',
      arch: 'amd64',
      trigger: 'libc6/2.42-1 & glibc',
    },
    545: {
      ...plain,
      runId: 545,
      package: 'dpkg',
      suite: 'testing',
      arch: 'amd64',
      pins: [
        { suite: 'unstable', packages: ['src:glibc', 'libc6'] },
        { suite: 'experimental', packages: ['gcc-15'] },
      ],
    },
    546: { ...plain, runId: 546, package: 'g++-nope', suite: 'unstable', arch: 'arm64' },
  };

  it.each(captured)('$payload is understood in every field and written again byte for byte', ({ fields, payload }) => {
    const arch = fields.routingKey.split('-')[2]!;
    const { request, unknown } = parseDispatch(bytes(payload), arch);
    expect(request).toEqual(understood[request.runId]);
    expect(unknown).toEqual([]);
    expect(formatDispatch(request)).toBe(payload);
  });

  it('are all here', () => {
    expect(captured).toHaveLength(Object.keys(understood).length);
  });
});

describe('a dispatch message', () => {
  it('is one line of printable ASCII, and what was written is read again, whatever the request', () => {
    fc.assert(
      fc.property(jobs, (job) => {
        const request = requestOf(job);
        const line = formatDispatch(request);
        expect(line).toMatch(/^[\x20-\x7e]+$/);
        expect(parseDispatch(bytes(line), request.arch)).toEqual({ request, unknown: [] });
      }),
    );
  });

  it('writes a trigger as Ruby does: all but A-Z a-z 0-9 _ . ~ - escaped, a space as +', () => {
    const request: TestRequest = { ...parse('hello unstable run-id:1 backend:lxc'), trigger: "aZ09_.~- +%/!'()*ä€😀" };
    expect(formatDispatch(request)).toBe(
      'hello unstable run-id:1 trigger:aZ09_.~-+%2B%25%2F%21%27%28%29%2A%C3%A4%E2%82%AC%F0%9F%98%80 backend:lxc',
    );
  });

  it('carries extra apt sources, each with its own key behind it', () => {
    const armoured = '-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nabc\n-----END PGP PUBLIC KEY BLOCK-----\n';
    const { extraAptSources } = parse(
      [
        'hello unstable run-id:1',
        `extra-apt-source:${base64('deb http://deb.example.org/one ./\n')}`,
        `extra-apt-source:${base64('deb http://deb.example.org/two ./')} signing-key:${base64(armoured)}`,
        `extra-apt-source:${base64('deb-src http://deb.example.org/three ./')} signing-key:mAEC/w==`,
        'backend:lxc',
      ].join(' '),
    );
    expect(extraAptSources).toEqual([
      { entry: 'deb http://deb.example.org/one ./\n', signingKey: null },
      { entry: 'deb http://deb.example.org/two ./', signingKey: armoured },
      { entry: 'deb-src http://deb.example.org/three ./', signingKey: 'mAEC/w==' },
    ]);
  });

  it('stays one line whose words are its own, even with a key that was pasted in lines', () => {
    const entry = 'deb http://deb.example.org/ ./';
    const request: TestRequest = {
      ...parse('hello unstable run-id:1 backend:lxc'),
      extraAptSources: [{ entry, signingKey: 'mAEC\n mAEC\n' }],
    };
    expect(parseDispatch(bytes(formatDispatch(request)), 'amd64')).toEqual({
      request: { ...request, extraAptSources: [{ entry, signingKey: 'mAECmAEC' }] },
      unknown: [],
    });
  });

  it('may hold parameters that are not known: they are named and passed over', () => {
    const { request, unknown } = parseDispatch(
      bytes('hello unstable run-id:7 colour:red:ish word constructor:1 autopkgtest:x+y backend:lxc\n'),
      'riscv64',
    );
    expect(unknown).toEqual(['colour:red:ish', 'word', 'constructor:1']);
    expect(request).toMatchObject({ runId: 7, arch: 'riscv64', variant: 'x+y' });
  });
});

const good = 'hello unstable run-id:1 backend:lxc';
const source = `extra-apt-source:${base64('deb http://deb.example.org/ ./')}`;

describe('a malformed dispatch message', () => {
  it.each([
    ['nothing', ''],
    ['no suite', 'hello'],
    ['no run id', 'hello unstable backend:lxc'],
    ['no backend', 'hello unstable run-id:1'],
    ['a package that is a path', '../x unstable run-id:1 backend:lxc'],
    ['a suite that is a path', 'hello .. run-id:1 backend:lxc'],
    ['a backend that is a path', 'hello unstable run-id:1 backend:a/b'],
    ['run id 0', 'hello unstable run-id:0 backend:lxc'],
    ['a negative run id', 'hello unstable run-id:-1 backend:lxc'],
    ['a fractional run id', 'hello unstable run-id:1.5 backend:lxc'],
    ['a run id beyond what a number holds', 'hello unstable run-id:9007199254740993 backend:lxc'],
    ['a hexadecimal run id', 'hello unstable run-id:0x10 backend:lxc'],
    ['two run ids', `${good} run-id:2`],
    ['two triggers', `${good} trigger:a trigger:b`],
    ['a trigger with a line break', `${good} trigger:a%0Ab`],
    ['a trigger with half a percent sign', `${good} trigger:%2`],
    ['a trigger that is not UTF-8', `${good} trigger:%ff`],
    ['a trigger that is too long', `${good} trigger:${'x'.repeat(513)}`],
    ['a pin without a suite', `${good} pin-packages:=libc6`],
    ['a pin without a package', `${good} pin-packages:unstable=`],
    ['a pin with an empty package', `${good} pin-packages:unstable=libc6,,dpkg`],
    ['a pin with a bad package', `${good} pin-packages:unstable=src:../x`],
    ['a pin with a bad suite', `${good} pin-packages:a/b=libc6`],
    ['a bad variant', `${good} autopkgtest:--user=root`],
    ['an apt source that is not base64', `${good} extra-apt-source:deb!`],
    ['an apt source that is empty', `${good} extra-apt-source:`],
    ['an apt source that is not UTF-8', `${good} extra-apt-source:/w==`],
    ['an apt source that is another file', `${good} extra-apt-source:${base64('deb x y\nType: deb\n')}`],
    ['a key without a source', `${good} signing-key:mAEC`],
    ['a second key', `${good} ${source} signing-key:mAEC signing-key:mAEC`],
    ['a private key', `${good} ${source} signing-key:${base64('-----BEGIN PGP PRIVATE KEY BLOCK-----\n')}`],
    ['a key that is not base64', `${good} ${source} signing-key:mAE`],
  ])('is refused: %s', (_, line) => {
    expect(() => parse(line)).toThrow(MalformedMessageError);
  });

  it('names the field, the value and what is allowed', () => {
    expect(() => parse('hello unstable run-id:zero backend:lxc')).toThrow(
      'runId: "zero" is not allowed; allowed is a whole number from 1 to 9007199254740991',
    );
  });

  it('is refused where the bytes are not UTF-8, or the queue has no architecture', () => {
    expect(() => parseDispatch(Uint8Array.of(0x68, 0xff), 'amd64')).toThrow(MalformedMessageError);
    expect(() => parseDispatch(bytes(good), 'a/b')).toThrow(MalformedMessageError);
  });
});

/** Lines that look right for long enough to reach every part of the parser. */
const nearlyGood = fc
  .array(
    fc.oneof(
      fc.constantFrom('hello', 'unstable', 'run-id:1', 'backend:lxc', source, 'signing-key:mAEC'),
      fc
        .tuple(
          fc.constantFrom('run-id', 'trigger', 'pin-packages', 'extra-apt-source', 'signing-key', '__proto__'),
          fc.string({ unit: 'binary' }),
        )
        .map((parts) => parts.join(':')),
    ),
  )
  .map((words) => words.join(' '));

it('whatever comes is understood or refused as malformed, nothing else', () => {
  const hostile = fc.oneof(fc.string({ unit: 'binary' }).map(bytes), nearlyGood.map(bytes), fc.uint8Array());
  fc.assert(
    fc.property(hostile, (body) => {
      try {
        const { request } = parseDispatch(body, 'amd64');
        expect(parseDispatch(bytes(formatDispatch(request)), 'amd64').request).toEqual(request);
      } catch (error) {
        expect(error).toBeInstanceOf(MalformedMessageError);
      }
    }),
    { numRuns: 1000 },
  );
});
