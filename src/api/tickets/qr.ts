import { encodeQR } from 'qr';

/** Without it, scanners do not find the symbol: four modules, as the standard has it. */
const QUIET_ZONE = 4;

/**
 * A ticket's code as a picture, a few kilobytes at any size. Dark on light, its background drawn along: a dark page would make it
 * unreadable for most scanners.
 */
export function qrSvg(code: string): string {
  const modules = encodeQR(code, 'raw', { ecc: 'medium', border: QUIET_ZONE });
  const size = modules.length;
  const path = modules.map(rowPath).join('');
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size} ${size}" role="img" aria-label="QR code of the ticket" ` +
    `shape-rendering="crispEdges"><path fill="#fff" d="M0 0h${size}v${size}H0z"/><path d="${path}"/></svg>`
  );
}

/** Each run of dark modules as one rectangle. */
function rowPath(row: readonly boolean[], y: number): string {
  let path = '';
  for (let x = 0; x < row.length; x += 1) {
    const from = x;
    while (row[x] === true) x += 1;
    if (x > from) path += `M${from} ${y}h${x - from}v1H${from}z`;
  }
  return path;
}
