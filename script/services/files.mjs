import { readFile } from 'node:fs/promises';

/**
 * @param {unknown} error
 * @returns {string} such as ENOENT
 */
export function codeOf(error) {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/**
 * @param {unknown} error
 * @param {...string} codes such as ENOENT
 * @returns {boolean}
 */
export function hasCode(error, ...codes) {
  return codes.includes(codeOf(error));
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
