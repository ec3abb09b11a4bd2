// Used again and again: every request names a member.
const bytes = Buffer.alloc(16);
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * A user's name inside Redis: the UUID in fewer characters. Each waiter is named several times there, and a crowd's names
 * are much of what a room takes.
 * @throws TypeError when it is not a UUID
 */
export function memberOf(userId: string): string {
  if (!UUID.test(userId)) throw new TypeError('A user id must be a UUID');
  bytes.write(userId.replaceAll('-', ''), 'hex');
  return bytes.toString('base64url');
}

/** A UUID as the sixteen bytes that it is, as `memberOf` takes it. */
export const userBytes = (userId: string): Buffer => Buffer.from(memberOf(userId), 'base64url');

/** The UUID, in lower case, of a name made by `memberOf`. */
export function userIdOf(member: string): string {
  const hex = Buffer.from(member, 'base64url').toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
