import { expect, test } from 'vitest';
import { createCleanUpStack } from '../../src/util/clean-up-stack.ts';

test('things are undone one after another, the last one first, whatever their kind, and once only', async () => {
  const log: string[] = [];
  const stack = createCleanUpStack();
  stack.defer(async () => {
    await new Promise(setImmediate);
    log.push('first');
  });
  const resource = { [Symbol.asyncDispose]: async () => void log.push('second') };
  expect(stack.use(resource)).toBe(resource);
  stack.use({ [Symbol.dispose]: () => void log.push('third') });
  await stack[Symbol.asyncDispose]();
  await stack[Symbol.asyncDispose]();
  expect(log).toEqual(['third', 'second', 'first']);
});

test('what has moved is undone by its new owner only', async () => {
  const log: string[] = [];
  const stack = createCleanUpStack();
  stack.defer(() => void log.push('undone'));
  const owner = stack.move();
  await stack[Symbol.asyncDispose]();
  expect(log).toEqual([]);
  await owner[Symbol.asyncDispose]();
  expect(log).toEqual(['undone']);
});

test('a failure keeps nothing else from being undone; one is thrown as it is, several together', async () => {
  const log: string[] = [];
  const fail = (text: string) => () => Promise.reject(new Error(text));
  const stack = createCleanUpStack();
  stack.defer(() => void log.push('undone'));
  stack.defer(fail('one'));
  await expect(stack[Symbol.asyncDispose]()).rejects.toThrow('one');
  expect(log).toEqual(['undone']);
  stack.defer(fail('two'));
  stack.defer(fail('three'));
  await expect(stack[Symbol.asyncDispose]()).rejects.toMatchObject({ errors: [{ message: 'three' }, { message: 'two' }] });
});
