/** What a service hears from the terminal or from systemd. */
export interface ServiceSignals {
  /** The first SIGTERM or SIGINT: finish what runs, take no more. */
  readonly stop: AbortSignal;
  /** The second: end what runs. */
  readonly kill: AbortSignal;
  /** Stops listening. */
  dispose(): void;
}

/** @param onStop called at the first signal, to tell a person what happens now */
export function serviceSignals(onStop: () => void): ServiceSignals {
  const stop = new AbortController();
  const kill = new AbortController();
  const hear = (): void => {
    if (stop.signal.aborted) {
      kill.abort();
      return;
    }
    onStop();
    stop.abort();
  };
  process.on('SIGTERM', hear);
  process.on('SIGINT', hear);
  return {
    stop: stop.signal,
    kill: kill.signal,
    dispose: () => {
      process.off('SIGTERM', hear);
      process.off('SIGINT', hear);
    },
  };
}
