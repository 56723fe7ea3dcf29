import { expect, it } from 'vitest';
import { encodeCommand, parseReplies } from '../../../src/services/redis/resp-format.ts';

it('writes words by their length in bytes', () => {
  expect(encodeCommand(['SET', 'k', 'é'])).toBe('*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$2\r\né\r\n');
});

it('reads every kind of reply, and keeps the beginning of the next one', () => {
  const bytes = Buffer.from('+OK\r\n:-7\r\n$2\r\né\r\n$-1\r\n*2\r\n$0\r\n\r\n*1\r\n:1\r\n*-1\r\n-ERR no\r\n$5\r\nhel');
  const { replies, rest } = parseReplies(bytes);
  expect(replies).toEqual(['OK', -7, 'é', null, ['', [1]], null, new Error('ERR no')]);
  expect(rest.toString()).toBe('$5\r\nhel');
});

it('gives the same replies wherever the stream is cut', () => {
  const bytes = Buffer.from('*2\r\n+a\r\n$3\r\nb\r\n\r\n:1\r\n');
  for (let cut = 0; cut <= bytes.length; cut++) {
    const first = parseReplies(bytes.subarray(0, cut));
    const second = parseReplies(Buffer.concat([first.rest, bytes.subarray(cut)]));
    expect([...first.replies, ...second.replies]).toEqual([['a', 'b\r\n'], 1]);
  }
});

it('refuses what is not this protocol', () => {
  expect(() => parseReplies(Buffer.from('HTTP/1.1 400\r\n'))).toThrow(/not the Redis protocol/);
});
