import { createQueueTokens } from '../../src/waiting-room';

export const SECRET = 'a secret of the tests, thirty-two bytes or more';
/** Queue tokens of every test that has no process of its own to sign them. */
export const tokens = createQueueTokens(SECRET);
