import { Frontrow, type FrontrowOptions } from '@frontrow/client';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { createOutput, type Output } from './output';

/** Somebody sits before the screen. */
export const PATIENCE_MS = 4000;

interface Given {
  url: string;
  email?: string;
  password?: string;
  token?: string;
  json: boolean;
}

/** The options that every command takes. What a person keeps to himself is better in the environment than in a list of processes. */
export function withSharedOptions(program: Command): Command {
  return program
    .addOption(
      new Option('--url <origin>', 'where the service is')
        .env('FRONTROW_URL')
        .default('http://localhost:3000')
        .argParser(originOf),
    )
    .addOption(new Option('--email <email>', 'who signs in').env('FRONTROW_EMAIL'))
    .addOption(new Option('--password <password>', 'with which password').env('FRONTROW_PASSWORD'))
    .addOption(new Option('--token <token>', 'or an access token that is at hand').env('FRONTROW_TOKEN'))
    .option('--json', 'results as JSON', false);
}

function originOf(sent: string): string {
  if (!URL.canParse(sent) || !/^https?:/.test(sent))
    throw new InvalidArgumentError('It must be an address such as http://localhost:3000.');
  return new URL(sent).origin;
}

/** A variable that is set to nothing is not set. */
const isGiven = (value: string | undefined): value is string => value !== undefined && value !== '';

export interface Session {
  origin: string;
  out: Output;
  /** Signs in, once asked for. @throws FrontrowProblem BAD_CREDENTIALS … */
  signIn(options?: Pick<FrontrowOptions, 'tryMs'>): Promise<Frontrow>;
}

export function sessionOf(command: Command): Session {
  const given = command.optsWithGlobals<Given>();
  const { url: origin, email, password, token } = given;
  return {
    origin,
    out: createOutput(given.json),
    signIn: async (options) => {
      const patience = { patienceMs: PATIENCE_MS, ...options };
      if (isGiven(token)) return Frontrow.withToken(origin, token, patience);
      if (!isGiven(email) || !isGiven(password))
        command.error('error: sign in by FRONTROW_EMAIL and FRONTROW_PASSWORD, or by FRONTROW_TOKEN', {
          code: 'signIn',
          exitCode: 5,
        });
      return Frontrow.signIn(origin, { email, password }, patience);
    },
  };
}

/** A whole number of at least 1. */
export function count(sent: string): number {
  if (!/^[1-9]\d{0,8}$/.test(sent)) throw new InvalidArgumentError('It must be a whole number, at least 1.');
  return Number(sent);
}
