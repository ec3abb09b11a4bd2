import { Problem, type ProblemCode } from '../lib/problems';

/** What the guard of the waiting room says. */
export const QUEUE_PROBLEMS: readonly ProblemCode[] = [
  'QUEUE_TOKEN_MISSING',
  'QUEUE_TOKEN_INVALID',
  'QUEUE_WAITING',
  'QUEUE_EXPIRED',
];

/** Whether only the waiting room stood in the way. */
export function isQueueRefusal(error: unknown): boolean {
  return error instanceof Problem && QUEUE_PROBLEMS.includes(error.code);
}
