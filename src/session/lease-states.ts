import {
  type Between,
  type Change,
  joinReports,
  type Kept,
  type ResetReport,
  type Scope,
  type StateKeeper,
} from '../core/reset.ts';
import type { TestMark, TestResult } from '../core/test-mark.ts';
import { isSeatrialError, SeatrialError } from '../errors.ts';
import type { EventStream } from '../observe/event-stream.ts';
import { settleAll } from '../util/settle-all.ts';
import { createWhileAlive } from './while-alive.ts';

/** What one reset of a lease did. */
export interface LeaseReset {
  readonly ms: number;
  readonly reports: Readonly<Record<string, ResetReport>>;
}
export interface BegunTest {
  readonly test: TestMark;
  /** Others of the same worker were still running. */
  readonly overlapping: boolean;
  /** Of the test that was ended with it. */
  readonly ended?: EndedTest;
}
/** How the test went that had this id. */
export interface FinishedTest extends TestResult {
  readonly test: string;
}
export type EndedTest = { readonly reset: LeaseReset } | { readonly refused: string };

/** The tests that run on each lease, and the scope that each lease is in. */
export interface LeaseStates {
  /** `ended`: the test before it, whose end was not told yet because nothing has come in between. */
  begin(lease: string, test: Omit<TestMark, 'id'>, between: Between, ended?: FinishedTest): Promise<BegunTest>;
  end(lease: string, testId: string, result: TestResult): Promise<EndedTest>;
  enter(lease: string, scope: Scope): Promise<void>;
  leave(lease: string, scope: Scope): Promise<LeaseReset>;
  diff(lease: string): Promise<Readonly<Record<string, readonly Change[]>>>;
  /** Resolves when all that was asked of a lease is done; the tests that were not ended are forgotten. */
  settled(lease: string): Promise<void>;
  /** The lease has ended. */
  forget(lease: string): void;
}

interface State {
  readonly tests: Map<string, TestMark>;
  /** Tests have overlapped since the last reset. */
  overlapped: boolean;
  /** Calls on one lease come one after another. */
  last: Promise<unknown>;
}

type Keepers = Readonly<Record<string, StateKeeper>>;

export interface LeaseStateOptions {
  keepers(lease: string): Promise<Keepers> | undefined;
  readonly events: EventStream;
  /** Lets the app clear its memory; called after each reset at the end of a test. */
  readonly onReset?: ((lease: string) => Promise<void>) | undefined;
  /** `--keep-failed`. */
  readonly keepFailed: boolean;
}

export function createLeaseStates(options: LeaseStateOptions): LeaseStates {
  const { events } = options;
  const states = new Map<string, State>();
  const whileAlive = createWhileAlive(events);
  let tests = 0;

  const stateOf = (lease: string): State => {
    const state = states.get(lease) ?? { tests: new Map(), overlapped: false, last: Promise.resolve() };
    states.set(lease, state);
    return state;
  };
  const keepersOf = async (lease: string) => {
    const keepers = await options.keepers(lease);
    if (keepers) return keepers;
    throw new SeatrialError('SEATRIAL_LEASE_NOT_FOUND', `no lease ${lease} is held`, {
      hint: 'it has ended, or its session has',
      details: { lease },
    });
  };
  const inTurn = async <T>(lease: string, work: (keepers: Keepers, state: State) => Promise<T>) => {
    const keepers = await keepersOf(lease);
    const state = stateOf(lease);
    const result = state.last.then(() => work(keepers, state));
    state.last = result.catch(() => {});
    return result;
  };
  /** All services at once, as long as they live; when one fails the others still go back, then that is told. */
  const onAll = async <T>(lease: string, keepers: Keepers, act: (keeper: StateKeeper) => Promise<T>) => {
    const acts = Object.entries(keepers).map(
      async ([service, keeper]): Promise<[string, T]> => [service, await whileAlive({ service, lease }, () => act(keeper))],
    );
    return Object.fromEntries(await settleAll(acts));
  };
  const goBack = async (
    lease: string,
    scope: Scope,
    keepers: Keepers,
    test: TestMark | undefined,
    leave = (keeper: StateKeeper) => keeper.leave(scope),
  ): Promise<LeaseReset> => {
    const startedAt = performance.now();
    try {
      const reports = await onAll(lease, keepers, leave);
      if (scope === 'test') await options.onReset?.(lease);
      const reset = { ms: performance.now() - startedAt, reports };
      if (Object.keys(reports).length > 0)
        events.emit({ type: 'lease.reset', lease, scope, ...(test ? { test } : {}), ...reset });
      return reset;
    } catch (error) {
      const { message } = error as Error;
      events.emit({ type: 'lease.reset-failed', lease, scope, ...(test ? { test } : {}), message });
      if (isSeatrialError(error)) throw error;
      throw new SeatrialError('SEATRIAL_RESET_FAILED', `the state of lease ${lease} could not be taken back: ${message}`, {
        hint: 'the page of the service says what can be taken back; PostgreSQL gives each test a new copy with `--isolation database`',
        cause: error,
        details: { lease },
      });
    }
  };
  const keepState = async (lease: string, test: TestMark, keepers: Keepers) => {
    const kept: Record<string, Kept> = {};
    for (const [name, keeper] of Object.entries(keepers)) {
      const copy = await keeper.keep?.(`${lease}_${test.id}`);
      if (copy) kept[name] = copy;
    }
    events.emit({ type: 'lease.kept', lease, test, kept });
  };

  /** Takes note of a test's end. Answers the test whose reset is due, or why there is none. */
  const finish = (
    lease: string,
    state: State,
    { test: id, ...result }: FinishedTest,
  ): TestMark | { readonly refused: string } => {
    const test = state.tests.get(id);
    if (!test)
      throw new SeatrialError('SEATRIAL_TEST_NOT_FOUND', `no test ${id} is running on lease ${lease}`, {
        hint: 'each test is begun and ended once',
        details: { lease, test: id },
      });
    state.tests.delete(id);
    events.emit({ type: 'test.finished', lease, test, result });
    if (state.tests.size > 0)
      return {
        refused: `${[...state.tests.values()].map(({ name }) => name).join(', ')} still ran: one worker's tests overlap`,
      };
    state.overlapped = false;
    return test;
  };
  const end = async (lease: string, keepers: Keepers, state: State, finished: FinishedTest): Promise<EndedTest> => {
    const test = finish(lease, state, finished);
    if ('refused' in test) return test;
    if (options.keepFailed && finished.outcome === 'failed') await keepState(lease, test, keepers);
    return { reset: await goBack(lease, 'test', keepers, test) };
  };
  /** What was written between two tests is undone with it, or belongs to a wider scope. */
  const enterTest = async (lease: string, keepers: Keepers, between: Between) => {
    const startedAt = performance.now();
    const undone = await onAll(lease, keepers, (keeper) => keeper.enter('test', between));
    const reports = Object.fromEntries(
      Object.entries(undone).filter((entry): entry is [string, ResetReport] => entry[1] !== undefined),
    );
    if (Object.keys(reports).length > 0)
      events.emit({ type: 'lease.reset', lease, scope: 'test', ms: performance.now() - startedAt, reports });
  };
  /** One test after the other, with nothing between them. */
  const goOn = async (lease: string, keepers: Keepers, state: State, finished: FinishedTest): Promise<EndedTest> => {
    if (options.onReset || options.keepFailed || state.tests.size !== 1) {
      const ended = await end(lease, keepers, state, finished);
      if (state.tests.size === 0) await enterTest(lease, keepers, 'undo');
      return ended;
    }
    const test = finish(lease, state, finished);
    if ('refused' in test) return test;
    const again = async (keeper: StateKeeper) =>
      keeper.again ? keeper.again() : joinReports(await keeper.leave('test'), await keeper.enter('test', 'undo'));
    return { reset: await goBack(lease, 'test', keepers, test, again) };
  };

  return {
    begin: (lease, test, between, finished) =>
      inTurn(lease, async (keepers, state) => {
        const isNext = finished !== undefined && between === 'undo';
        const ended = finished && (await (isNext ? goOn : end)(lease, keepers, state, finished));
        const mark: TestMark = { id: String(++tests), ...test };
        const overlapping = state.tests.size > 0;
        if (overlapping) {
          state.tests.set(mark.id, mark);
          if (!state.overlapped) events.emit({ type: 'test.overlap', lease, tests: [...state.tests.values()] });
          state.overlapped = true;
        } else {
          if (!isNext) await enterTest(lease, keepers, between);
          state.tests.set(mark.id, mark);
        }
        events.emit({ type: 'test.started', lease, test: mark });
        return { test: mark, overlapping, ...(ended ? { ended } : {}) };
      }),
    end: (lease, test, result) => inTurn(lease, (keepers, state) => end(lease, keepers, state, { test, ...result })),
    enter: (lease, scope) =>
      inTurn(lease, async (keepers) => {
        await onAll(lease, keepers, (keeper) => keeper.enter(scope, 'keep'));
      }),
    leave: (lease, scope) =>
      inTurn(lease, (keepers, state) => {
        if (state.tests.size > 1)
          throw new SeatrialError(
            'SEATRIAL_TESTS_OVERLAP',
            `${state.tests.size} tests run on lease ${lease}: a reset would pull the state from under them`,
            {
              hint: 'let the tests of one worker run one after another, or give each a worker of its own',
              details: { lease, tests: [...state.tests.values()].map(({ name }) => name) },
            },
          );
        return goBack(lease, scope, keepers, [...state.tests.values()][0]);
      }),
    diff: (lease) => inTurn(lease, (keepers) => onAll(lease, keepers, async (keeper) => (await keeper.diff?.()) ?? [])),
    settled: async (lease) => {
      await states.get(lease)?.last;
      states.delete(lease);
    },
    forget: (lease) => void states.delete(lease),
  };
}
