import { answered } from '@frontrow/client';
import type { Command } from 'commander';
import { count, sessionOf } from '../session';

export function concertCommands(program: Command): void {
  const concert = program.command('concert').description('concerts');

  concert
    .command('create')
    .description('make a concert; its dates come after it')
    .argument('<title>')
    .option('--description <text>', 'what fans read of it', '')
    .option('--seat-limit <seats>', 'seats per fan and date', count)
    .option('--max-active <fans>', 'how many may be inside at once', count)
    .option('--admit <fans>', 'how many are let in per second at most', count)
    .option('--opens-at <moment>', 'when its room opens, such as 2030-06-01T10:00:00Z')
    .action(async (title: string, options: ConcertOptions, command: Command) => {
      const { out, signIn } = sessionOf(command);
      const { description, seatLimit, maxActive, admit, opensAt } = options;
      const queue = {
        ...(maxActive !== undefined && { maxActive }),
        ...(admit !== undefined && { admitPerInterval: admit, admitIntervalMs: 1000 }),
        ...(opensAt !== undefined && { opensAt }),
      };
      const body = { title, description, queue, ...(seatLimit !== undefined && { seatLimit }) };
      const operator = await signIn();
      out.one((await answered(operator.calls.POST('/api/admin/concerts', { body }))).concert);
    });

  concert
    .command('list')
    .description('the newest concerts')
    .action(async (_options: object, command: Command) => {
      const { out, signIn } = sessionOf(command);
      const { calls } = await signIn();
      out.many((await answered(calls.GET('/api/concerts'))).concerts);
    });
}

interface ConcertOptions {
  description: string;
  seatLimit?: number;
  maxActive?: number;
  admit?: number;
  opensAt?: string;
}
