import pino, { type Logger } from 'pino';

export type { Logger } from 'pino';

// Paths at which a secret could slip into a log line if somebody logs a whole request or body.
const REDACTED = [
  'password',
  'accessToken',
  'queueToken',
  '*.password',
  '*.accessToken',
  '*.queueToken',
  'headers.authorization',
  'headers["x-queue-token"]',
  'req.headers.authorization',
  'req.headers["x-queue-token"]',
];

/** JSON lines on standard output, with the process's role on each. */
export function createLogger(role: string, level: string): Logger {
  return pino({
    level,
    base: { role, pid: process.pid },
    redact: REDACTED,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
  });
}
