import { answered, createCalls } from '@frontrow/client';
import type { Command } from 'commander';
import { EXIT } from '../exit-codes';
import { count, PATIENCE_MS, sessionOf } from '../session';
import { runCrowd } from '../simulate/crowd';

export function fanCommands(program: Command): void {
  program
    .command('fans')
    .description('fans')
    .command('simulate')
    .description('a crowd that signs up, waits, holds the best seats, pays, and says what became of it')
    .requiredOption('--concert <id>', 'whose room they join')
    .option('--count <fans>', 'how many there are', count, 100)
    .option('--seats <seats>', 'each wants so many at most', count, 4)
    .option('--at-once <fans>', 'how many act at the same moment; all of them unless named', count)
    .option('--patience <seconds>', 'after which one gives up', count, 600)
    .action(async (options: SimulateOptions, command: Command) => {
      const { origin, out } = sessionOf(command);
      const { concert: concertId, count: fans, seats, atOnce = fans, patience } = options;
      // A thousand fans would each find out by themselves.
      const calls = createCalls(origin, { patienceMs: PATIENCE_MS });
      await answered(calls.GET('/api/concerts/{concertId}', { params: { path: { concertId } } }));
      const summary = await runCrowd(
        { origin, concertId, fans, seats, atOnce, patienceMs: patience * 1000 },
        out,
      );
      out.one(summary);
      // A refusal is an answer. What is no answer is a fault, of the service or on the way to it.
      if (Object.keys(summary.faults).length > 0) process.exitCode = EXIT.unwell;
    });
}

interface SimulateOptions {
  concert: string;
  count: number;
  seats: number;
  atOnce?: number;
  patience: number;
}
