// Before `npm run web` and its like: Node's own word for a program that was never built is a stack.
import { existsSync } from 'node:fs';
import path from 'node:path';

if (!existsSync(path.join(import.meta.dirname, '..', 'dist', 'server.js'))) {
  process.stderr.write('Not built yet. Run: npm run build\n');
  process.exitCode = 1;
}
