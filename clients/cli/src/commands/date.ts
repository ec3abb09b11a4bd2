import { readFile } from 'node:fs/promises';
import { answered } from '@frontrow/client';
import type { Command } from 'commander';
import { count, sessionOf } from '../session';

/** A plan of a whole house is read and written before it is answered. */
const LONG_CALL_MS = 60_000;

export function dateCommands(program: Command): void {
  program
    .command('date')
    .description('dates of a concert')
    .command('create')
    .description('add a date with the seats of a plan: a CSV file, a line a seat')
    .argument('<concert>', 'its id')
    .requiredOption('--plan <file>', 'with the columns section, row, number and price, in UTF-8')
    .requiredOption('--booking-starts <moment>', 'such as 2030-06-01T10:00:00Z')
    .requiredOption('--booking-ends <moment>')
    .requiredOption('--starts <moment>', 'when the show begins')
    .requiredOption('--ends <moment>')
    .option('--refuse-single-seats', 'refuse a choice that leaves a single free seat')
    .option('--offer-ttl <seconds>', 'how long an offer to the waiting list lasts', count)
    .action(async (concertId: string, options: DateOptions, command: Command) => {
      const { out, signIn } = sessionOf(command);
      const { bookingStarts, bookingEnds, starts, ends, refuseSingleSeats, offerTtl } = options;
      const body = {
        bookingStartAt: bookingStarts,
        bookingEndAt: bookingEnds,
        startAt: starts,
        endAt: ends,
        plan: await textOf(options.plan, command),
        ...(refuseSingleSeats === true && { singleSeats: 'refuse' as const }),
        ...(offerTtl !== undefined && { offerTtlSeconds: offerTtl }),
      };
      const { calls } = await signIn({ tryMs: LONG_CALL_MS });
      const path = '/api/admin/concerts/{concertId}/schedules';
      const made = await answered(calls.POST(path, { params: { path: { concertId } }, body }));
      out.one({ ...made.schedule, seats: made.seats });
    });
}

interface DateOptions {
  plan: string;
  bookingStarts: string;
  bookingEnds: string;
  starts: string;
  ends: string;
  refuseSingleSeats?: boolean;
  offerTtl?: number;
}

async function textOf(file: string, command: Command): Promise<string> {
  const bytes = await readFile(file).catch((error: unknown) =>
    command.error(`error: the plan cannot be read: ${error instanceof Error ? error.message : file}`),
  );
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return command.error(`error: the plan is not in UTF-8: ${file}`);
  }
}
