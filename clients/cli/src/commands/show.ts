import { createInterface } from 'node:readline/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { answered, type components, type Frontrow } from '@frontrow/client';
import type { Command } from 'commander';
import type { Output } from '../output';
import { sessionOf } from '../session';

type Cancellation = components['schemas']['Cancellation'];

const LOOK_EVERY_MS = 500;

export function showCommands(program: Command): void {
  program
    .command('show')
    .description('shows')
    .command('cancel')
    .description('call a date off, refund every booking of it, and wait until that is done')
    .argument('<date>', 'its id')
    .requiredOption('--reason <text>', 'why: for the audit log')
    .option('--yes', 'do not ask before it')
    .action(async (scheduleId: string, { reason, yes = false }: CancelOptions, command: Command) => {
      const { out, signIn } = sessionOf(command);
      if (!yes && !process.stdin.isTTY)
        command.error('error: nobody can be asked here: say --yes when it is meant');
      const operator = await signIn();
      if (!yes && !(await isMeant(await questionOf(operator, scheduleId)))) command.error('Left as it is.');
      const params = { path: { scheduleId } };
      const path = '/api/admin/schedules/{scheduleId}/cancel';
      const called = await answered(operator.calls.POST(path, { params, body: { reason } }));
      out.one(await followed(operator, called, out));
    });
}

interface CancelOptions {
  reason: string;
  yes?: boolean;
}

async function questionOf({ calls }: Frontrow, scheduleId: string): Promise<string> {
  const params = { path: { scheduleId } };
  const found = await answered(calls.GET('/api/admin/schedules/{scheduleId}', { params }));
  const { concert, schedule, live } = found;
  return (
    `“${concert.title}” of ${schedule.startAt} will be called off: ${live.held} bookings that are held and ${live.paid} that are paid end, ` +
    `and ${live.paidPoints} points go back. This cannot be undone.\nType yes to go on: `
  );
}

async function isMeant(question: string): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return (await terminal.question(question)).trim().toLowerCase() === 'yes';
  } finally {
    terminal.close();
  }
}

/** Until every booking has ended. Whoever goes away meanwhile may say the same again: it is called off once. */
async function followed({ calls }: Frontrow, called: Cancellation, out: Output): Promise<Cancellation> {
  const params = { path: { scheduleId: called.scheduleId } };
  let [told, state] = ['', called];
  for (;;) {
    const progress = `${state.done} of ${state.bookings} bookings ended, ${state.refunded} points paid back`;
    if (progress !== told) out.say(progress);
    told = progress;
    if (state.doneAt !== null) return state;
    await pause(LOOK_EVERY_MS);
    state = await answered(calls.GET('/api/admin/schedules/{scheduleId}/cancellation', { params }));
  }
}
