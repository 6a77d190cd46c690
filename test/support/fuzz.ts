/**
 * How many cases each fuzzed property tries: `DEBCI_FUZZ_CASES`, or 1,000 in CI, which is more than 10,000 tarballs
 * and as many messages, or a number that takes about a second.
 */
export const FUZZ_CASES = Number(process.env.DEBCI_FUZZ_CASES ?? (process.env.CI === 'true' ? 1_000 : 300));
