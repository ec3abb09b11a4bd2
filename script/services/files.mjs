import { readFile } from 'node:fs/promises';

/**
 * @param {unknown} error
 * @param {...string} codes such as ENOENT
 * @returns {boolean}
 */
export function hasCode(error, ...codes) {
  return (
    error instanceof Error && 'code' in error && typeof error.code === 'string' && codes.includes(error.code)
  );
}

/**
 * @param {string} file
 * @returns {Promise<string>} its text; empty when there is no such file
 */
export async function readIfThere(file) {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return '';
    throw error;
  }
}
