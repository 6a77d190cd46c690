import { describe, expect, it } from 'vitest';

import { parseConnection } from '../../../src/adapters/eventstoredb/connection-url.js';
import { InvalidInputError } from '../../../src/domain/errors.js';

describe('The URL of an event store', () => {
  it.each(['esdb', 'kurrentdb'])(
    'names one server with %s://, over TLS, on port 2113 unless it says otherwise',
    (scheme) => {
      expect(parseConnection(`${scheme}://db.example.org`)).toMatchObject({
        discover: false,
        hosts: [{ address: 'db.example.org', port: 2113 }],
        credentials: null,
        tls: true,
        nodePreference: 'leader',
      });
      expect(parseConnection(`${scheme}://[::1]:4000/?tls=false`)).toMatchObject({
        hosts: [{ address: '[::1]', port: 4000 }],
        tls: false,
      });
    },
  );

  it('names a cluster by its members, or by a name to discover them', () => {
    expect(parseConnection('esdb://a,b:2114,c?nodePreference=follower')).toMatchObject({
      discover: false,
      hosts: [
        { address: 'a', port: 2113 },
        { address: 'b', port: 2114 },
        { address: 'c', port: 2113 },
      ],
      nodePreference: 'follower',
    });
    expect(parseConnection('kurrentdb+discover://cluster.example.org')).toMatchObject({ discover: true });
  });

  it('holds user and password, in which any character may be, encoded or not', () => {
    expect(parseConnection('esdb://debci:p%40ss%3A%2F@host').credentials).toEqual({
      username: 'debci',
      password: 'p@ss:/',
    });
    expect(parseConnection('esdb://debci:p@ss:/@host').credentials?.password).toBe('p@ss:/');
  });

  it('holds the files of certificates and the limits of time, whatever the case of their names', () => {
    const url =
      'esdb://host?tlsCaFile=/etc/ca.pem&usercertfile=/u.crt&UserKeyFile=/u.key&default-deadline=500&keepAliveInterval=-1';
    expect(parseConnection(url)).toMatchObject({
      tlsCAFile: '/etc/ca.pem',
      userCertFile: '/u.crt',
      userKeyFile: '/u.key',
      defaultDeadline: 500,
      keepAliveInterval: -1,
    });
  });

  it.each([
    'http://host',
    'esdb://',
    'esdb://user:secret@',
    'esdb://user:secret@host:0',
    'esdb://user:secret@host:99999',
    'esdb://user:secret@ho st',
    'esdb://user:sec%ret@host',
    'esdb://user:secret@host?tls=perhaps',
    'esdb://user:secret@host?tls=false',
    'esdb://user:secret@host?tlsVerifyCert=false',
    'esdb://user:secret@host?throwOnAppendFailure=false',
    'esdb://user:secret@host?unknown=secret',
    'esdb://user:secret@host?nodePreference=secret',
    'esdb://user:secret@host?userCertFile=/u.crt',
    'esdb://user:secret@host?defaultDeadline=0',
    'esdb://user:secret@host?gossipTimeout=1.5',
  ])('is refused as %s, without a word of the password', (url) => {
    const refused = (() => {
      try {
        return parseConnection(url);
      } catch (error) {
        return error;
      }
    })();
    expect(refused).toBeInstanceOf(InvalidInputError);
    expect(JSON.stringify([(refused as Error).message, refused])).not.toMatch(/sec/);
  });
});
