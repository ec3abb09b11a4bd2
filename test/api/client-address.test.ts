import { describe, expect, test } from '@jest/globals';
import { clientAddress } from '../../src/api/client-address';

const PEER = '192.0.2.9';

describe('the address that a request counts for', () => {
  test.each([
    // Nobody in front: the header is whatever the client likes.
    [0, '203.0.113.7', PEER],
    [0, '', PEER],
    // As many entries from the right as there are proxies.
    [1, '203.0.113.7', '203.0.113.7'],
    [1, '198.51.100.1, 203.0.113.7', '203.0.113.7'],
    [1, '198.51.100.1,198.51.100.2,203.0.113.7', '203.0.113.7'],
    [2, '198.51.100.1, 203.0.113.7, 192.0.2.8', '203.0.113.7'],
    // Past a proxy: that entry is missing, and the leftmost is the client's own word.
    [1, '', PEER],
    [2, '203.0.113.7', PEER],
    [3, '198.51.100.1, 203.0.113.7', PEER],
    // Garbage where an address should be.
    [1, '203.0.113.7, unknown', PEER],
    [1, '203.0.113.7,', PEER],
    [1, ', ,', PEER],
    [1, '203.0.113.7, 999.1.1.1', PEER],
    [1, '203.0.113.7, user:4711', PEER],
    [1, '203.0.113.7, [::1', PEER],
    [1, '203.0.113.7, [x]:1', PEER],
    // Proxies that tell the port as well.
    [1, '203.0.113.7:4711', '203.0.113.7'],
    [1, '[2001:db8::1]:4711', '2001:db8:0:0::/64'],
    [1, '[2001:db8::1]', '2001:db8:0:0::/64'],
  ])('behind %i proxies, X-Forwarded-For %j: %s', (proxies, forwardedFor, expected) => {
    expect(clientAddress(PEER, forwardedFor, proxies)).toBe(expected);
  });

  test.each([
    ['::ffff:203.0.113.7', '203.0.113.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:DB8:0001:2::', '2001:db8:1:2::/64'],
    ['2001:db8:1:2:ffff::1', '2001:db8:1:2::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['64:ff9b::203.0.113.7', '64:ff9b:0:0::/64'],
    ['', ''],
  ])('is one text for all spellings, and one for a whole IPv6 network: %s', (peer, expected) => {
    expect(clientAddress(peer, '', 0)).toBe(expected);
  });
});
