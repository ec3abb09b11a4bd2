import { answered, type Frontrow } from '@frontrow/client';
import type { Command } from 'commander';
import { count, sessionOf } from '../session';

const PATH = '/api/admin/concerts/{concertId}/queue';

export function roomCommands(program: Command): void {
  const room = program.command('room').description('the waiting room of a concert');

  room
    .command('status')
    .description('who waits, who is inside, and by which policy')
    .argument('<concert>', 'its id')
    .action(async (concertId: string, _options: object, command: Command) => {
      const { out, signIn } = sessionOf(command);
      const { calls } = await signIn();
      out.one(await answered(calls.GET(PATH, { params: { path: { concertId } } })));
    });

  for (const [name, paused, description] of [
    ['pause', true, 'let nobody in until it is resumed'],
    ['resume', false, 'let fans in again, from the front'],
  ] as const) {
    room
      .command(name)
      .description(description)
      .argument('<concert>', 'its id')
      .action(async (concertId: string, _options: object, command: Command) => {
        const { out, signIn } = sessionOf(command);
        out.one(await changed(await signIn(), concertId, { paused }));
      });
  }

  room
    .command('limits')
    .description('how many may be inside, and how fast they are let in')
    .argument('<concert>', 'its id')
    .option('--max-active <fans>', 'inside at once', count)
    .option('--admit <fans>', 'let in per interval', count)
    .option('--interval <ms>', 'of so many milliseconds', count)
    .action(async (concertId: string, options: Limits, command: Command) => {
      const { out, signIn } = sessionOf(command);
      const { maxActive, admit, interval } = options;
      const policy = {
        ...(maxActive !== undefined && { maxActive }),
        ...(admit !== undefined && { admitPerInterval: admit }),
        ...(interval !== undefined && { admitIntervalMs: interval }),
      };
      if (Object.keys(policy).length === 0)
        command.error('error: name a limit: --max-active, --admit or --interval');
      out.one(await changed(await signIn(), concertId, policy));
    });
}

interface Limits {
  maxActive?: number;
  admit?: number;
  interval?: number;
}

async function changed({ calls }: Frontrow, concertId: string, body: object): Promise<object> {
  return (await answered(calls.PATCH(PATH, { params: { path: { concertId } }, body }))).policy;
}
