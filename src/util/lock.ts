import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SeatrialError } from '../errors.ts';
import { formatDuration } from './format.ts';
import { makeFolder, OWN_FOLDER_MODE } from './platform/make-folder.ts';
import { isProcessAlive, pidScope, selfIdentity } from './platform/process-identity.ts';

export interface LockOptions {
  readonly signal?: AbortSignal;
  /** How long to wait for the holder; default 10 minutes. */
  readonly timeoutMs?: number;
  /** Called once, when somebody else holds it. */
  readonly onWait?: (holder: LockHolder) => void;
}
export interface LockHolder {
  readonly pid: number;
  readonly startTime: string;
  readonly boot: string;
  readonly pidNamespace: string;
  /** Milliseconds since the epoch. */
  readonly since: number;
  /** Unique for each time a lock is taken. */
  readonly token: string;
}

export type HeldLock = Disposable;

/** A holder in another pid namespace or on another machine can't be looked up: it counts as gone when it has not touched its file for this long. */
const FOREIGN_SILENCE_MS = 60_000;
const TOUCH_MS = 5_000;
/** A draft lives for the time of two system calls. */
const DRAFT_AGE_MS = 60_000;

/** Runs `work` while no other process, and no other caller in this one, runs under the same lock file. A dead holder's lock is taken over. */
export async function withLock<T>(file: string, options: LockOptions, work: () => Promise<T>): Promise<T> {
  const lock = await takeLock(file, options);
  try {
    return await work();
  } finally {
    lock[Symbol.dispose]();
  }
}

/** The same for who can't put the work into one function: held until it is disposed of, or this process ends. */
export async function takeLock(file: string, options: LockOptions): Promise<HeldLock> {
  const token = await acquire(file, options);
  const touching = setInterval(() => touch(file), TOUCH_MS).unref();
  const release = () => {
    clearInterval(touching);
    if (readHolder(file)?.token === token) fs.rmSync(file, { force: true });
  };
  process.once('exit', release);
  return {
    [Symbol.dispose]: () => {
      process.off('exit', release);
      release();
    },
  };
}

async function acquire(file: string, options: LockOptions): Promise<string> {
  const { timeoutMs = 600_000, signal, onWait } = options;
  const start = performance.now();
  let told = false;
  makeFolder(path.dirname(file), OWN_FOLDER_MODE); // a lock may be the first thing in the runtime folder
  removeStaleDrafts(path.dirname(file));
  for (let pauseMs = 10; ; pauseMs = Math.min(pauseMs * 2, 250)) {
    signal?.throwIfAborted();
    const token = tryAcquire(file);
    if (token !== undefined) return token;
    const holder = readHolder(file);
    if (holder && !told) {
      told = true;
      onWait?.(holder);
    }
    if (performance.now() - start >= timeoutMs) throw lockTimeout(file, timeoutMs, holder);
    await sleep(pauseMs, undefined, signal ? { signal } : {});
  }
}

/**
 * One try. A free lock is taken by linking a complete file into place. The lock of a dead holder is replaced only by whoever holds the claim
 * `<file>.<its token>`, itself a lock of this kind; so of two who see the same dead holder one wins, also when a winner dies half way.
 */
function tryAcquire(file: string): string | undefined {
  const own: LockHolder = { ...selfIdentity(), ...pidScope(), since: Date.now(), token: crypto.randomUUID() };
  if (linkNew(file, own)) return own.token;
  const holder = readHolder(file);
  if (holder === undefined || isHeld(file, holder)) return undefined;
  const claim = `${file}.${holder.token}`;
  if (tryAcquire(claim) === undefined) return undefined;
  if (readHolder(file)?.token !== holder.token) {
    fs.rmSync(claim, { force: true });
    return undefined;
  }
  const token = readHolder(claim)?.token;
  fs.renameSync(claim, file);
  return token;
}

function linkNew(file: string, holder: LockHolder): boolean {
  const draft = path.join(path.dirname(file), `${DRAFT}${holder.token}`);
  fs.writeFileSync(draft, JSON.stringify(holder), { mode: 0o644 });
  try {
    fs.linkSync(draft, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    fs.rmSync(draft, { force: true });
  }
}

const DRAFT = '.draft-';

/** Left by processes that were killed while they took a lock. */
function removeStaleDrafts(folder: string): void {
  try {
    for (const name of fs.readdirSync(folder)) {
      const draft = path.join(folder, name);
      if (name.startsWith(DRAFT) && Date.now() - fs.statSync(draft).mtimeMs > DRAFT_AGE_MS) fs.rmSync(draft, { force: true });
    }
  } catch {
    // somebody else has removed one meanwhile, or may: whoever takes a lock next looks again
  }
}

function isHeld(file: string, holder: LockHolder): boolean {
  const here = pidScope();
  if (holder.boot === here.boot && holder.pidNamespace === here.pidNamespace) return isProcessAlive(holder);
  return Date.now() - (fs.statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0) < FOREIGN_SILENCE_MS;
}

function readHolder(file: string): LockHolder | undefined {
  try {
    return JSON.parse(fs.readFileSync(file, 'utf8')) as LockHolder;
  } catch {
    return undefined;
  }
}

function touch(file: string): void {
  const now = new Date();
  fs.utimes(file, now, now, () => {});
}

function lockTimeout(file: string, timeoutMs: number, holder: LockHolder | undefined): SeatrialError {
  const who = holder ? `process ${holder.pid}, since ${formatDuration(Date.now() - holder.since)} ago` : 'an unreadable file';
  return new SeatrialError('SEATRIAL_LOCK_TIMEOUT', `waited ${formatDuration(timeoutMs)} for the lock ${file}, held by ${who}`, {
    hint: holder ? `wait for process ${holder.pid} or end it; its lock is then taken over` : `delete ${file} if no seatrial runs`,
    details: { file, timeoutMs, holder: holder ? { ...holder } : null },
  });
}
