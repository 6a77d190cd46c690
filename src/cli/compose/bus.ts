import type { Logger } from '../../domain/ports/logger.js';
import { BusUnavailableError, type MessageBus } from '../../domain/ports/message-bus.js';
import type { Config } from '../config/config.js';
export const DEFAULT_AMQP_SERVER = 'amqp://localhost';
export function connectBus(_c: Config, _l: Logger, _o?: { keepTrying: boolean }): Promise<MessageBus> {
  throw new BusUnavailableError('the AMQP adapter is not there yet');
}
