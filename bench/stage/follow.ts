/**
 * Loaded before a server process of the bench: ends it when the bench is gone, killed or not. Its stdin is a pipe
 * from the bench.
 */
process.stdin.on('close', () => process.kill(process.pid, 'SIGTERM'));
process.stdin.resume();
