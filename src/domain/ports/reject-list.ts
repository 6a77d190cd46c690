import type { RejectEntry } from '../reject-list.js';

/** What is never to be tested, as it stands now. */
export interface RejectList {
  /** In the order of the list. */
  entries(): readonly RejectEntry[];
}
