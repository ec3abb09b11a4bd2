import type { Command } from '../booking/types';
import type { CatalogEntry } from './seat-catalog';

/** What commands name, over all their schedules: in columns, as the statements of `group-statements.ts` take them. */
export function namedBy(groups: readonly { entry: CatalogEntry; commands: readonly Command[] }[]) {
  const named = {
    commands: [] as string[],
    seats: { scheduleIds: [] as string[], numbers: [] as number[] },
    holders: { concertIds: [] as string[], scheduleIds: [] as string[], userIds: [] as string[] },
    payers: new Set<string>(),
    paid: new Set<string>(),
    cancelled: [] as string[],
    withdrawn: [] as string[],
    /** Schedules whose seats are put out of sale or back. */
    blocking: new Set<string>(),
    enlisting: { scheduleIds: [] as string[], userIds: [] as string[] },
  };
  for (const { entry, commands } of groups) {
    const { id: scheduleId, concertId } = entry.schedule;
    for (const command of commands) {
      named.commands.push(command.id);
      if (command.kind === 'hold' || command.kind === 'enlist') {
        named.holders.concertIds.push(concertId);
        named.holders.scheduleIds.push(scheduleId);
        named.holders.userIds.push(command.userId);
      }
      if ('seatNumbers' in command) {
        for (const seatNumber of command.seatNumbers) {
          named.seats.scheduleIds.push(scheduleId);
          named.seats.numbers.push(seatNumber);
        }
      }
      switch (command.kind) {
        case 'hold':
          break;
        case 'block':
        case 'unblock':
          named.blocking.add(scheduleId);
          break;
        case 'pay':
          named.payers.add(command.userId);
          named.paid.add(command.bookingId);
          break;
        case 'cancel':
          named.payers.add(command.onBehalf?.ownerId ?? command.userId);
          named.cancelled.push(command.bookingId);
          break;
        case 'enlist':
          named.enlisting.scheduleIds.push(scheduleId);
          named.enlisting.userIds.push(command.userId);
          break;
        case 'withdraw':
          named.withdrawn.push(command.entryId);
      }
    }
  }
  return named;
}
