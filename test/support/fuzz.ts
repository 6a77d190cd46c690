/** How many cases a fuzz test tries: `DEBCI_FUZZ_CASES`, or a number that takes about a second. */
export const FUZZ_CASES = Number(process.env.DEBCI_FUZZ_CASES ?? 300);
