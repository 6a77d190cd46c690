import { afterAll, beforeAll, expect, it } from 'vitest';
import { AmqpBus } from '../../../src/adapters/amqp/bus.js';
import { type TlsOptions } from '../../../src/adapters/amqp/address.js';
import { BusAccessError, BusUnavailableError } from '../../../src/domain/ports/message-bus.js';
import { describeWithRabbitmq } from '../../support/broker.js';
import { Authority, type Certificate } from '../../support/certificates.js';
import { build, debci } from '../../support/debci.js';
import { silentLogger } from '../../support/loggers.js';
import { next, text, uniqueToken, utf8 } from '../../support/messages.js';
import { freePort, RabbitNode } from '../../support/rabbitmq.js';

describeWithRabbitmq('the AMQP bus over TLS', () => {
  let authority: Authority;
  let stranger: Authority;
  let client: Certificate;
  let node: RabbitNode;
  let port: number;
  beforeAll(async () => {
    [authority, stranger, port] = await Promise.all([Authority.create(), Authority.create(), freePort()]);
    client = await authority.issue('client');
    const server = await authority.issue('server');
    node = await RabbitNode.start([
      `listeners.ssl.1 = 127.0.0.1:${port}`,
      `ssl_options.cacertfile = ${authority.own.certFile}`,
      `ssl_options.certfile = ${server.certFile}`,
      `ssl_options.keyfile = ${server.keyFile}`,
      'ssl_options.verify = verify_peer',
      'ssl_options.fail_if_no_peer_cert = true',
    ]);
  });
  afterAll(async () => {
    await node.dispose();
    await authority.dispose();
    await stranger.dispose();
  });

  function open(tls: TlsOptions, protocol = 'amqps'): Promise<AmqpBus> {
    return AmqpBus.connect({ url: `${protocol}://guest:guest@127.0.0.1:${port}`, tls, logger: silentLogger });
  }

  it.each(['amqps', 'amqp'])('works with a client certificate, from an %s URL', async (protocol) => {
    const bus = await open({ ca: authority.own.cert, cert: client.cert, key: client.key }, protocol);
    const subject = uniqueToken();
    const subscription = await bus.subscribe(subject);
    await bus.publish(subject, utf8('x'));
    expect(text(await next(subscription))).toBe('x');
    await bus.close();
  });

  it('is what Debian’s settings ask for, in commands too', { timeout: 180_000 }, async () => {
    await build();
    const settings = {
      debci_amqp_server: `amqp://guest:guest@127.0.0.1:${port}`,
      debci_amqp_ssl: 'true',
      debci_amqp_cacert: authority.own.certFile,
    };
    const certificate = { debci_amqp_cert: client.certFile, debci_amqp_key: client.keyFile };
    expect(await debci(['dead-letters', '--json'], { ...settings, ...certificate })).toMatchObject({ code: 0 });
    const refused = await debci(['dead-letters', '--json'], settings);
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('no access to amqps://') as string });
    expect(refused.stderr).not.toContain('guest');
  });

  it('is refused without a certificate', async () => {
    await expect(open({ ca: authority.own.cert })).rejects.toThrow(BusAccessError);
  });

  it("is refused with a stranger's certificate", async () => {
    const { cert, key } = await stranger.issue('client');
    await expect(open({ ca: authority.own.cert, cert, key })).rejects.toThrow(BusAccessError);
  });

  it('does not trust a server of an unknown authority', async () => {
    const connecting = open({ ca: stranger.own.cert, cert: client.cert, key: client.key });
    await expect(connecting).rejects.toThrow(BusUnavailableError);
    await expect(connecting).rejects.not.toThrow(BusAccessError);
    await expect(connecting).rejects.toThrow(/certificate/);
  });
});
