/** The last bytes of a stream, so that a program may print without end. */
export class Tail {
  private kept = Buffer.alloc(0);

  constructor(private readonly maxBytes: number) {}

  add(chunk: Buffer): void {
    const all = Buffer.concat([this.kept, chunk]);
    // A copy, so that no large chunk stays in memory behind a small view of it.
    this.kept = Buffer.from(all.subarray(Math.max(0, all.length - this.maxBytes)));
  }

  text(): string {
    return this.kept.toString('utf8');
  }
}
