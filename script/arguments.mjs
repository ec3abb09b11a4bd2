import path from 'node:path';
import { parseArgs } from 'node:util';

/**
 * The arguments of a command. `--help` is answered, and what the command does not know is refused, here and now: before
 * anything is installed, built or started.
 * @template {import('node:util').ParseArgsConfig} T
 * @param {string} usage for people; its first line is the shortest form: `Usage: script/server [--fresh]`
 * @param {T} config what `node:util` parseArgs takes
 * @returns {ReturnType<typeof parseArgs<T>>}
 */
export function readArguments(usage, config) {
  answerHelp(usage, process.argv.slice(2));
  try {
    return parseArgs(config);
  } catch (error) {
    return refuse(usage, error instanceof Error ? firstSentence(error.message) : String(error));
  }
}

/**
 * Prints the usage and ends when the arguments ask for it.
 * @param {string} usage
 * @param {readonly string[]} args
 */
export function answerHelp(usage, args) {
  if (!args.includes('--help') && !args.includes('-h')) return;
  process.stdout.write(`${usage.trim()}\n`);
  process.exit(0);
}

/**
 * Ends with status 2, as shells do for wrong usage, and one line that tells what was wrong.
 * @param {string} usage
 * @param {string} fault
 * @returns {never}
 */
export function refuse(usage, fault) {
  const command =
    /^Usage: (.+?)(?= \[| -{1,2}\w|$)/m.exec(usage.trim())?.[1] ?? path.basename(process.argv[1] ?? '');
  process.stderr.write(`${fault}. See: ${command} --help\n`);
  process.exit(2);
}

/** @param {string} text parseArgs adds advice that fits no script: "To specify a positional argument starting with…" */
function firstSentence(text) {
  return text.split(/\.(?:\s|$)|\n/, 1)[0] ?? text;
}
