import { readFileSync } from 'node:fs';
import path from 'node:path';

/** The project's folder. */
export const ROOT = path.resolve(__dirname, '../..');

/** The text of a file of the project, by its path from the root. */
export const textOf = (file: string): string => readFileSync(path.join(ROOT, file), 'utf8');
