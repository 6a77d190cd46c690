import { mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { connect, type Channel, type ConfirmChannel, type ConsumeMessage } from 'amqplib';
import Database from 'better-sqlite3';

/** The same work done by bare amqplib, better-sqlite3 and files, with nothing read, checked, decided or projected. */

const IN_FLIGHT = 32;
const ROWS_A_COMMIT = 500;

function openLog(folder: string): Database.Database {
  const db = new Database(join(folder, 'bare.sqlite'));
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = FULL');
  db.exec('CREATE TABLE IF NOT EXISTS events (position INTEGER PRIMARY KEY, stream TEXT, data TEXT) STRICT');
  return db;
}

async function durably(file: string, content: Uint8Array): Promise<void> {
  const handle = await open(file, 'wx');
  await handle.writeFile(content);
  await handle.datasync();
  await handle.close();
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder);
  await handle.sync();
  await handle.close();
}

/** A row a job, then a confirmed message each. */
export async function bareEnqueue(url: string, folder: string, count: number): Promise<void> {
  const db = openLog(folder);
  const model = await connect(url);
  const channel = await model.createConfirmChannel();
  await channel.assertQueue('bare-tests', { durable: true, maxPriority: 10 });
  const insert = db.prepare('INSERT INTO events (stream, data) VALUES (?, ?)');
  const data = JSON.stringify({ package: 'hello', suite: 'unstable', arch: 'amd64', more: 'x'.repeat(300) });
  for (let row = 0; row < count; row += ROWS_A_COMMIT) {
    db.transaction(() => {
      for (let n = row; n < row + ROWS_A_COMMIT; n++) insert.run(`test-${n}`, data);
    })();
  }
  const line = Buffer.from('hello unstable run-id:1 backend:fake');
  for (let n = 0; n < count; n++) channel.sendToQueue('bare-tests', line, { persistent: true, priority: 5 });
  await channel.waitForConfirms();
  await channel.deleteQueue('bare-tests');
  await model.close();
  db.close();
}

/** Two files and a folder on disk for each result, then a row, then the acknowledgement; rows that are due together share a commit. */
export async function bareIngest(url: string, folder: string, queue: string, count: number): Promise<void> {
  const db = openLog(folder);
  const insert = db.prepare('INSERT INTO events (stream, data) VALUES (?, ?)');
  const model = await connect(url);
  const channel = await model.createChannel();
  await channel.prefetch(IN_FLIGHT);
  const data = JSON.stringify({ status: 'pass', message: 'All tests passed', more: 'x'.repeat(300) });
  let taken = 0;
  let ready: ConsumeMessage[] = [];
  const commit = (): void => {
    const group = ready;
    ready = [];
    db.transaction(() => {
      for (const { properties } of group) insert.run(String(properties.messageId), data);
    })();
    for (const message of group) channel.ack(message);
    taken += group.length;
  };
  await new Promise<void>((resolve, reject) => {
    const take = async (message: ConsumeMessage): Promise<void> => {
      const place = join(folder, String(message.properties.messageId));
      await mkdir(place);
      const log = durably(join(place, 'log.gz'), message.content.subarray(0, 4_500));
      await Promise.all([log, durably(join(place, 'artifacts.tar.gz'), message.content.subarray(0, 400))]);
      await Promise.all([syncFolder(place), syncFolder(folder)]);
      if (ready.push(message) > 1) return;
      setImmediate(() => {
        commit();
        if (taken === count) resolve();
      });
    };
    void channel.consume(queue, (message) => {
      if (message !== null) take(message).catch(reject);
    });
  });
  await channel.close();
  await model.close();
  db.close();
}

const RESULT = Buffer.alloc(1_500, 'x');

/** What a worker cannot do without: it says that it starts, keeps the result on disk until the broker has it, and asks for the next. */
export async function bareWork(url: string, folder: string, slots: number, count: number): Promise<void> {
  const model = await connect(url);
  const filling = await model.createConfirmChannel();
  await filling.assertQueue('bare-jobs', { durable: true, maxPriority: 10 });
  await filling.assertQueue('bare-said', { durable: true });
  for (let n = 0; n < count; n++) filling.sendToQueue('bare-jobs', Buffer.from('job'), { persistent: true });
  await filling.waitForConfirms();
  let left = count;
  const work = async (slot: number): Promise<void> => {
    const channel = await model.createChannel();
    while (left-- > 0) await bareJob(channel, filling, join(folder, `bare-${slot}`));
  };
  await Promise.all(Array.from({ length: slots }, (_, slot) => work(slot)));
  await model.close();
}

async function bareJob(channel: Channel, confirming: ConfirmChannel, file: string): Promise<void> {
  const job = await channel.get('bare-jobs');
  if (job === false) throw new Error('a job is missing');
  await said(confirming, Buffer.from('started'));
  channel.ack(job);
  await durably(file, RESULT);
  await said(confirming, RESULT);
  await rm(file);
}

function said(channel: ConfirmChannel, body: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    channel.sendToQueue('bare-said', body, { persistent: true }, (error: Error | null) => {
      if (error === null) resolve();
      else reject(error);
    });
  });
}
