import { writeFileSync } from 'node:fs';
import { Session } from 'node:inspector';
import { createInterface } from 'node:readline';

/**
 * Loaded before a server process of the bench. Its stdin is a pipe from the bench: when that closes, the bench is
 * gone, killed or not, and the process ends too. A line names a file: profiling starts, or what was profiled is
 * written there.
 */
let session: Session | null = null;

createInterface({ input: process.stdin })
  .on('line', (file) => {
    if (session === null) session = startProfile();
    else stopProfile(session, file);
  })
  .on('close', () => process.kill(process.pid, 'SIGTERM'));

function startProfile(): Session {
  const started = new Session();
  started.connect();
  started.post('Profiler.enable');
  started.post('Profiler.start');
  return started;
}

function stopProfile(started: Session, file: string): void {
  session = null;
  started.post('Profiler.stop', (error, result) => {
    if (error === null) writeFileSync(file, JSON.stringify(result.profile));
    started.disconnect();
  });
}
