import type { Logger } from '../../src/domain/ports/logger.js';

const nothing = (): void => undefined;

/** For tests that do not look at the log. */
export const silentLogger: Logger = { debug: nothing, info: nothing, warn: nothing, error: nothing };
