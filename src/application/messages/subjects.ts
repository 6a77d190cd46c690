import type { DurableQueue } from '../../domain/ports/message-bus.js';

/** Subjects and queues. The names of the queues for tests and results are Debian's. */
export const REQUESTS_SUBJECT = 'debci.requests';
export const PROGRESS_SUBJECT = 'debci.progress';
export const RESULTS_SUBJECT = 'debci.results';
export const DEAD_LETTERS_SUBJECT = 'debci.dead';

export const REQUESTS_QUEUE: DurableQueue = { name: 'debci_requests', subjects: [REQUESTS_SUBJECT] };
export const PROGRESS_QUEUE: DurableQueue = { name: 'debci_progress', subjects: [PROGRESS_SUBJECT] };

/** What nobody could use. */
export const DEAD_LETTERS_QUEUE: DurableQueue = { name: 'debci_dead_letters', subjects: [DEAD_LETTERS_SUBJECT] };

/** @param name Debian's setting `amqp_results_queue`; its default is `debci_results`. */
export function resultsQueue(name: string): DurableQueue {
  return { name, subjects: [RESULTS_SUBJECT] };
}

/** Backends that share another's queue: their testbeds are interchangeable (Debian's rule). */
const QUEUE_OF: Readonly<Record<string, string>> = { 'incus-lxc': 'lxc', 'lxd-lxc': 'lxc' };

function queueBackend(backend: string): string {
  return QUEUE_OF[backend] ?? backend;
}

/** Where jobs for an architecture and a backend are published. */
export function testsSubject(arch: string, backend: string): string {
  return `debci.tests.${arch}.${queueBackend(backend)}`;
}

/** The queue that workers of an architecture and a backend take jobs from. */
export function testsQueue(arch: string, backend: string): DurableQueue {
  return {
    name: `debci-tests-${arch}-${queueBackend(backend)}`,
    subjects: [testsSubject(arch, backend)],
    maxPriority: 10,
  };
}
