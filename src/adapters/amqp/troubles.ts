import { type Logger } from '../../domain/ports/logger.js';
import { BUS_TROUBLES, type BusTrouble } from '../../domain/ports/message-bus.js';

/** Logs and counts what goes wrong between a bus and its broker, under the same names. */
export class Troubles {
  private readonly met = Object.fromEntries(BUS_TROUBLES.map((trouble) => [trouble, 0])) as Record<BusTrouble, number>;

  constructor(
    private readonly server: string,
    private readonly logger: Logger,
  ) {}

  get counts(): Readonly<Record<BusTrouble, number>> {
    return { ...this.met };
  }

  warn(trouble: BusTrouble, fields: object, message: string): void {
    this.met[trouble] += 1;
    this.logger.warn({ server: this.server, trouble, ...fields }, message);
  }

  /** One that a person must see to. */
  error(trouble: BusTrouble, fields: object, message: string): void {
    this.met[trouble] += 1;
    this.logger.error({ server: this.server, trouble, ...fields }, message);
  }

  over(fields: object, message: string): void {
    this.logger.info({ server: this.server, ...fields }, message);
  }
}
