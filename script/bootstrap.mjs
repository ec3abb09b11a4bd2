import { readArguments } from './arguments.mjs';
import { makeReady } from './make-ready.mjs';

const USAGE = `
Usage: script/bootstrap

Makes this checkout able to run: installs the packages when the lock file asks for others than are here, and
makes sure that a Redis can be started. Says what it does, and nothing when nothing is to do. script/server and
script/test begin with it.
`;

readArguments(USAGE, { options: {} });
process.exitCode = (await makeReady()) ? 0 : 1;
