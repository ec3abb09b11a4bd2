import { ProblemError } from '../../js/problem.js';

/** What spreadsheets write, by the name that browsers have for it. */
export const ENCODINGS = {
  'utf-8': 'UTF-8',
  'euc-kr': 'Korean (EUC-KR, CP949)',
  'windows-1252': 'Western (Windows-1252)',
  shift_jis: 'Japanese (Shift JIS)',
};

/**
 * A file's text. Two bytes a character are known by the mark at their head, whatever is chosen.
 * @throws ProblemError when its bytes are no text of that writing: guessing would put wrong names on chairs
 */
export function decoded(buffer, encoding) {
  const [first, second] = new Uint8Array(buffer.slice(0, 2));
  const marked =
    first === 0xff && second === 0xfe
      ? 'utf-16le'
      : first === 0xfe && second === 0xff
        ? 'utf-16be'
        : encoding;
  try {
    return new TextDecoder(marked, { fatal: true }).decode(buffer);
  } catch {
    throw new ProblemError({
      title: `This file is not written in ${ENCODINGS[encoding]}`,
      detail: 'Save it as “CSV UTF-8”, or say above what it is written in.',
    });
  }
}
