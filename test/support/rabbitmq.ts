import { execFile, execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { randomBytes, randomInt } from 'node:crypto';
import { once } from 'node:events';
import { chown, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';

/**
 * A private RabbitMQ node: its own ports, folders, cookie and epmd, so that it meets neither the system's broker nor
 * another test's. It goes when its owner goes, however that ends: a watcher in its process group reads a pipe from the
 * owner, and kills the group once the pipe closes.
 *
 * `stop` shuts the broker down in order, `kill` cuts it off; both keep its data, and `restart` starts it again on the
 * same port. `dispose` ends all and removes the folders.
 */

const BIN = '/usr/lib/rabbitmq/bin';
const TIMEOUT_MS = 60_000;

/** Why no node can be started here; null: it can. */
export const rabbitmqMissing: string | null = existsSync(`${BIN}/rabbitmq-server`)
  ? null
  : 'RabbitMQ is not installed: install the Debian package rabbitmq-server';

export class RabbitNode {
  private server: ChildProcess | null = null;

  private constructor(
    readonly port: number,
    private readonly folder: string,
    private readonly env: NodeJS.ProcessEnv,
    private readonly epmd: ChildProcess,
  ) {}

  /** @param config more lines for rabbitmq.conf. */
  static async start(config: readonly string[] = []): Promise<RabbitNode> {
    const folder = await mkdtemp(join(tmpdir(), 'debci-rabbitmq-'));
    const [port, distPort, epmdPort] = [await freePort(), await freePort(), await freePort()];
    const env = environment(folder, port, distPort, epmdPort);
    await prepare(folder, config);
    // It lives as long as the node; the server, which may still write, is given a moment to die.
    const epmd = leashed('epmd', ['-port', `${epmdPort}`, '-address', '127.0.0.1'], env, 'sleep 1; rm -rf -- "$HOME"');
    const node = new RabbitNode(port, folder, env, epmd);
    try {
      await awaitPort(epmdPort, true);
      await node.boot();
    } catch (error) {
      await node.dispose();
      throw error;
    }
    return node;
  }

  /** The address, for RabbitMQ's default user. */
  get url(): string {
    return `amqp://guest:guest@127.0.0.1:${this.port}`;
  }

  async stop(): Promise<void> {
    await this.end('SIGTERM');
  }

  async kill(): Promise<void> {
    await this.end('SIGKILL');
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.boot();
  }

  /** Starts it again after `stop` or `kill`. */
  async boot(): Promise<void> {
    const server = leashed(`${BIN}/rabbitmq-server`, [], this.env);
    this.server = server;
    const gone = once(server, 'exit').then(async () => {
      throw new Error(`RabbitMQ ended while starting:\n${await this.lastLines()}`);
    });
    // RabbitMQ opens its port last: who can connect can also log in.
    await Promise.race([awaitPort(this.port, true), gone]);
    // That it ends later is no failure to start.
    gone.catch(() => undefined);
  }

  /** Keeps it from doing anything, as a machine does that swaps or whose network swallows all; until `thaw`. */
  async freeze(): Promise<void> {
    process.kill(await this.pid(), 'SIGSTOP');
  }

  async thaw(): Promise<void> {
    process.kill(await this.pid(), 'SIGCONT');
  }

  /** Runs rabbitmqctl on this node and returns what it prints. */
  async ctl(...args: string[]): Promise<string> {
    const { stdout } = await promisify(execFile)(`${BIN}/rabbitmqctl`, ['--quiet', ...args], {
      env: this.env,
      ...owner(),
    });
    return stdout;
  }

  /**
   * Does what these calls of rabbitmqctl do, in one: each would start a virtual machine of its own.
   * @param calls of add_user, set_permissions and set_topic_permissions
   */
  async inOneCall(calls: readonly (readonly string[])[]): Promise<void> {
    const binary = (text: string): string => `<<${JSON.stringify(text)}>>`;
    const expressions = calls.map(([command = '', user = '', ...rest]) => {
      const place = command === 'add_user' ? [] : ['/'];
      const values = [user, ...place, ...rest, 'test'].map(binary);
      return `rabbit_auth_backend_internal:${command}(${values.join(', ')})`;
    });
    await this.ctl('eval', `${expressions.join(', ')}.`);
  }

  /** Makes a virtual host that only its maker uses, and returns its address. */
  async addVhost(name = randomBytes(8).toString('hex')): Promise<string> {
    // One call in place of add_vhost and set_permissions: each starts a virtual machine.
    await this.ctl(
      'eval',
      `rabbit_vhost:add(<<"${name}">>, <<"guest">>), ` +
        `rabbit_auth_backend_internal:set_permissions(<<"guest">>, <<"${name}">>, <<".*">>, <<".*">>, <<".*">>, <<"guest">>).`,
    );
    return `${this.url}/${name}`;
  }

  async dispose(): Promise<void> {
    await this.kill();
    await endLeashed(this.epmd, 'SIGKILL');
    await rm(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }

  private async end(signal: NodeJS.Signals): Promise<void> {
    const { server } = this;
    this.server = null;
    if (server === null) return;
    await endLeashed(server, signal);
    // The virtual machine may outlive the script that started it by a moment.
    await awaitPort(this.port, false);
  }

  /** Of the virtual machine; the script that started it stays beside it. */
  private async pid(): Promise<number> {
    return Number(await readFile(join(this.folder, 'pid'), 'utf8'));
  }

  private async lastLines(): Promise<string> {
    const logs = join(this.folder, 'log');
    const texts = (await readdir(logs)).map((name) => readFile(join(logs, name), 'utf8'));
    return (await Promise.all(texts)).join('\n').split('\n').slice(-40).join('\n');
  }
}

/** RabbitMQ's scripts want their folders owned by who runs them; as root that is Debian's user for it. */
function owner(): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const id = (flag: string): number => Number(execFileSync('id', [flag, 'rabbitmq'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

function environment(folder: string, port: number, distPort: number, epmdPort: number): NodeJS.ProcessEnv {
  return {
    PATH: process.env.PATH,
    LANG: 'C.UTF-8',
    HOME: folder,
    ERL_EPMD_PORT: `${epmdPort}`,
    // Else Erlang would start one that outlives us, should ours be gone.
    ERL_AFLAGS: '-start_epmd false',
    RABBITMQ_NODENAME: `test${port}@localhost`,
    RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
    RABBITMQ_NODE_PORT: `${port}`,
    RABBITMQ_DIST_PORT: `${distPort}`,
    RABBITMQ_MNESIA_BASE: join(folder, 'mnesia'),
    RABBITMQ_LOG_BASE: join(folder, 'log'),
    RABBITMQ_PID_FILE: join(folder, 'pid'),
    RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, 'enabled_plugins'),
    RABBITMQ_CONFIG_FILE: join(folder, 'rabbitmq'),
    RABBITMQ_CONF_ENV_FILE: join(folder, 'rabbitmq-env.conf'),
  };
}

async function prepare(folder: string, config: readonly string[]): Promise<void> {
  await mkdir(join(folder, 'mnesia'));
  await mkdir(join(folder, 'log'));
  await writeFile(join(folder, 'enabled_plugins'), '[].\n');
  await writeFile(join(folder, 'rabbitmq.conf'), ['log.console = false', ...config, ''].join('\n'));
  await writeFile(join(folder, '.erlang.cookie'), randomBytes(16).toString('hex'), { mode: 0o400 });
  const { uid, gid } = owner();
  if (uid === undefined || gid === undefined) return;
  for (const name of ['.', ...(await readdir(folder))]) await chown(join(folder, name), uid, gid);
}

const LEASH = 'exec 3<&0; (cat <&3 >/dev/null; eval "$AT_END"; kill -KILL 0) & exec "$@" 3<&- </dev/null';

/** @param atEnd what the shell does once its owner is gone, before it kills what it ran. */
function leashed(command: string, args: readonly string[], env: NodeJS.ProcessEnv, atEnd = ''): ChildProcess {
  return spawn('sh', ['-c', LEASH, 'sh', command, ...args], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
    env: { ...env, AT_END: atEnd },
    ...owner(),
  });
}

async function endLeashed(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode === null && child.signalCode === null && child.pid !== undefined) {
    const exit = once(child, 'exit');
    process.kill(signal === 'SIGKILL' ? -child.pid : child.pid, signal);
    await exit;
  }
  child.stdin?.destroy();
}

/**
 * A port that nobody listens on now. Below those that the system gives out by itself, so that nobody is given it
 * before the broker, which takes seconds to start, has it.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(16_384, 32_000);
    const server = createServer().listen(port, '127.0.0.1');
    try {
      await once(server, 'listening');
    } catch {
      continue;
    }
    server.close();
    await once(server, 'close');
    return port;
  }
}

async function awaitPort(port: number, open: boolean): Promise<void> {
  const deadline = Date.now() + TIMEOUT_MS;
  while ((await answers(port)) !== open) {
    if (Date.now() > deadline) throw new Error(`port ${port} did not ${open ? 'open' : 'close'} in ${TIMEOUT_MS} ms`);
    await pause(20);
  }
}

async function answers(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
