#!/usr/bin/env node
import { Command, CommanderError } from 'commander';
import { concertCommands } from './commands/concert';
import { dateCommands } from './commands/date';
import { deskCommands } from './commands/desk';
import { fanCommands } from './commands/fans';
import { roomCommands } from './commands/room';
import { showCommands } from './commands/show';
import { EXIT, EXIT_HELP, exitCodeOf } from './exit-codes';
import { faultText } from './output';
import { withSharedOptions } from './session';

void main();

async function main(): Promise<void> {
  const program = withSharedOptions(new Command('frontrow'))
    .description('frontrow from the command line')
    .addHelpText('after', EXIT_HELP)
    .showHelpAfterError('(--help says more)')
    .exitOverride();
  for (const add of [concertCommands, dateCommands, showCommands, roomCommands, fanCommands, deskCommands])
    add(program);
  try {
    await program.parseAsync();
  } catch (error) {
    process.exitCode = error instanceof CommanderError ? usageCodeOf(error) : exitCodeOf(error);
    if (!(error instanceof CommanderError))
      process.stderr.write(`${faultText(error, program.opts<{ url: string }>().url)}\n`);
  }
}

/** Commander has said what is wrong; asked for help, it has given it. */
function usageCodeOf({ exitCode }: CommanderError): number {
  if (exitCode === EXIT.done) return EXIT.done;
  return exitCode === EXIT.notAllowed ? EXIT.notAllowed : EXIT.usage;
}
