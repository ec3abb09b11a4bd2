import { FrontrowProblem, StillQueuedError, UnreachableError } from '@frontrow/client';

/** What a script may ask of a run that ended. */
export const EXIT = {
  done: 0,
  /** A fault of this program. */
  failed: 1,
  /** Wrong arguments, or somebody was asked and said no: nothing was done. */
  usage: 2,
  /** Nobody answers there, or not in time. */
  unreachable: 3,
  /** The service said no. */
  refused: 4,
  /** The service asks to sign in, or this account may not. */
  notAllowed: 5,
  /** It was done, and what was found is not well. */
  unwell: 6,
} as const;

const WORDS: Record<keyof typeof EXIT, string> = {
  done: 'done',
  failed: 'a fault of this program',
  usage: 'wrong arguments, or not confirmed; nothing was done',
  unreachable: 'the service does not answer',
  refused: 'the service refused',
  notAllowed: 'not signed in, or not allowed',
  unwell: 'done, and what was found is not well',
};

export const EXIT_HELP = `
Exit codes:
${Object.entries(EXIT)
  .map(([name, code]) => `  ${code}  ${new Map(Object.entries(WORDS)).get(name)}`)
  .join('\n')}`;

const NOT_ALLOWED = new Set([401, 403]);

export function exitCodeOf(error: unknown): number {
  if (error instanceof UnreachableError || error instanceof StillQueuedError) return EXIT.unreachable;
  if (!(error instanceof FrontrowProblem)) return EXIT.failed;
  if (NOT_ALLOWED.has(error.status)) return EXIT.notAllowed;
  return error.status >= 500 ? EXIT.unreachable : EXIT.refused;
}
