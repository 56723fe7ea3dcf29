import { expect, test } from 'vitest';
import type { RunEvent } from '../../src/core/event.ts';
import { createEventStream } from '../../src/observe/event-stream.ts';

const opened = (session: string) => ({ type: 'session.opened', session }) as const;

test('each listener gets each event with its time, until it leaves', () => {
  const events = createEventStream();
  const [first, second]: [RunEvent[], RunEvent[]] = [[], []];
  const leave = events.subscribe((event) => first.push(event));
  events.subscribe((event) => second.push(event));
  const before = Date.now();
  events.emit(opened('a'));
  leave();
  leave();
  events.emit(opened('b'));
  expect(first).toMatchObject([opened('a')]);
  expect(second).toMatchObject([opened('a'), opened('b')]);
  expect(first[0]?.at).toBeGreaterThanOrEqual(before);
});

test('a listener that throws is dropped; it hurts neither the one who emits nor the others', () => {
  const events = createEventStream();
  let calls = 0;
  const seen: RunEvent[] = [];
  events.subscribe(() => {
    calls++;
    throw new Error('broken reporter');
  });
  events.subscribe((event) => seen.push(event));
  events.emit(opened('a'));
  events.emit(opened('b'));
  expect([calls, seen.length]).toEqual([1, 2]);
});

test('the last thousand events are kept, oldest first', () => {
  const events = createEventStream();
  expect(events.recent()).toEqual([]);
  for (let i = 0; i < 2500; i++) events.emit(opened(String(i)));
  const kept = events.recent().map((event) => (event.type === 'session.opened' ? event.session : ''));
  expect([kept.length, kept[0], kept.at(-1)]).toEqual([1000, '1500', '2499']);
});
