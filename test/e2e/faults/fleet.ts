import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { debci, type Ended } from '../../support/debci.js';
import { RabbitNode } from '../../support/rabbitmq.js';
import { Service } from '../../support/service.js';

const WORKERS = 3;
const JOBS_A_WORKER = 3;

/** A service that is to run all the time, and how to start it again. */
interface Member {
  readonly name: string;
  readonly args: readonly string[];
  service: Service;
}

/** Which of them dies. */
export type Victim = 'broker' | 'collector' | 'worker';

/** A broker of its own, two collectors on one log (one stands by), and workers: processes that can be killed at any time. */
export class Fleet {
  /** Services that ended without being told to: always a bug. */
  readonly crashes: string[] = [];
  private readonly members: Member[] = [];
  private stopping = false;

  private constructor(
    readonly folder: string,
    private readonly broker: RabbitNode,
  ) {}

  static async start(folder: string): Promise<Fleet> {
    const broker = await RabbitNode.start();
    const fleet = new Fleet(folder, broker);
    await mkdir(join(folder, 'config'));
    const settings = [`amqp_server=${broker.url}`, 'arch=amd64', 'backend=fake', 'lease_seconds=10'];
    const lines = settings.map((setting) => `debci_${setting}\n`);
    await writeFile(join(folder, 'config/debci.conf'), lines.join(''));
    for (const name of ['collector-1', 'collector-2']) fleet.add(name, ['collector', ...fleet.flags('collector')]);
    for (let n = 1; n <= WORKERS; n++) {
      fleet.add(`worker-${n}`, ['worker', ...fleet.flags(`worker-${n}`), '--jobs', `${JOBS_A_WORKER}`]);
    }
    const collectors = fleet.members.filter(({ name }) => name.startsWith('collector'));
    await Promise.any(collectors.map(({ service }) => service.said('collector ready')));
    return fleet;
  }

  get dataDir(): string {
    return join(this.folder, 'collector');
  }

  get workerDirs(): string[] {
    return Array.from({ length: WORKERS }, (_, n) => join(this.folder, `worker-${n + 1}`));
  }

  /** Runs a command to its end. */
  command(name: string, ...args: string[]): Promise<Ended> {
    return debci([name, ...this.flags('collector'), ...args]);
  }

  /** Kills one as `kill -9` does, and starts it again. @param pick the number of the one that dies, of so many */
  async killOne(victim: Victim, pick: (count: number) => number): Promise<void> {
    if (victim === 'broker') {
      await this.broker.kill();
      await this.broker.boot();
      return;
    }
    const candidates = this.members.filter(({ name }) => name.startsWith(victim));
    const member = candidates[pick(candidates.length)];
    if (member === undefined) throw new Error(`there is no ${victim}`);
    await member.service.kill();
    member.service = this.run(member.name, member.args);
  }

  /** The broker's queues that are not empty. */
  async queued(): Promise<string[]> {
    const lines = (await this.broker.ctl('list_queues', 'name', 'messages')).trim().split('\n');
    return lines.filter((line) => /\t[1-9]\d*$/.test(line));
  }

  /** Ends all in order; the broker stays. @returns their exit codes */
  stop(): Promise<(number | null)[]> {
    this.stopping = true;
    return Promise.all(this.members.map(({ service }) => service.stop()));
  }

  /** What they said last, for whoever looks for the cause of a failure. */
  lastLines(): string {
    const last = ({ name, service }: Member): string[] =>
      service.lines.slice(-15).map((line) => `${name}: ${JSON.stringify(line)}`);
    return [...this.crashes, ...this.members.flatMap(last)].join('\n');
  }

  async dispose(): Promise<void> {
    this.stopping = true;
    await Promise.all(this.members.map(({ service }) => service.kill()));
    await this.broker.dispose();
  }

  private flags(dir: string): string[] {
    return ['--config', join(this.folder, 'config'), '--data-dir', join(this.folder, dir)];
  }

  private add(name: string, args: readonly string[]): void {
    this.members.push({ name, args, service: this.run(name, args) });
  }

  private run(name: string, args: readonly string[]): Service {
    const service = new Service(args);
    void service.ended.then((code) => {
      if (code === null || this.stopping) return;
      this.crashes.push(`${name} ended with ${code}: ${JSON.stringify(service.lines.slice(-3))}`);
    });
    return service;
  }
}
