import { ISOLATIONS, type Isolation } from '../core/isolation.ts';
import { type Between, SCOPES, type Scope } from '../core/reset.ts';
import { TEST_OUTCOMES, type TestResult } from '../core/test-mark.ts';
import { ERROR_CODES } from '../errors.ts';
import type { FinishedTest } from '../session/lease-states.ts';
import { SERVICE_STATES } from './session-door.ts';
import type { Schema } from './validate.ts';

const text: Schema = { type: 'string' };
const count: Schema = { type: 'integer', minimum: 0 };
const time: Schema = { type: 'integer', minimum: 0, description: 'milliseconds since the epoch' };
const word: Schema = { type: 'string', minLength: 1, maxLength: 100 };
const texts: Schema = { type: 'object', additionalProperties: text };
const orNull = (schema: Schema): Schema => ({ anyOf: [schema, { type: 'null' }] });

/** All properties are required unless named in `optional`, and no other is allowed. */
function object(properties: Readonly<Record<string, Schema>>, description?: string, optional: readonly string[] = []): Schema {
  const required = Object.keys(properties).filter((name) => !optional.includes(name));
  return { type: 'object', properties, required, additionalProperties: false, ...(description ? { description } : {}) };
}
export const ref = (name: keyof typeof schemas): Schema => ({ $ref: `#/components/schemas/${name}` });
const list = (name: string): Schema => ({ type: 'array', items: { $ref: `#/components/schemas/${name}` } });

const key = {
  runner: { type: 'string', pattern: '^[a-z0-9][a-z0-9._-]{0,49}$', description: '`pytest`, `vitest`, ...' },
  mainPid: { type: 'integer', minimum: 1, description: "process id of the runner's main process" },
  slot: { type: 'string', pattern: '^[A-Za-z0-9._-]{1,50}$', description: 'worker slot: `gw0`, `1`, or `main`' },
} satisfies Record<string, Schema>;
const plugin = object({ plugin: word, version: word }, 'the plug-in that works in this worker');

const result = {
  outcome: { type: 'string', enum: TEST_OUTCOMES },
  ms: { type: 'number', minimum: 0, description: 'duration in milliseconds, as the runner measured it' },
  message: { type: 'string', maxLength: 100_000, description: 'why it failed or was skipped' },
} satisfies Record<string, Schema>;

/** JSON Schema literals: they validate what comes in, the tests hold what goes out against them, and the OpenAPI document is made of them. */
export const schemas = {
  LeaseKey: object(key, 'Who holds a lease. The same key gets the same lease while it lives.'),
  LeaseRequest: object(
    {
      ...key,
      hold: { type: 'boolean', description: 'true: the answer stays open, and the lease ends with the connection' },
      over: { ...word, description: 'the lease that the main process works on (SEATRIAL_MAIN_LEASE), when it has one' },
      hello: plugin,
      isolation: { type: 'string', enum: ISOLATIONS, description: "of this lease; the session's own when it is not given" },
    },
    undefined,
    ['hold', 'over', 'hello', 'isolation'],
  ),
  Hello: object({ ...key, plugin: word, version: word }),
  Lease: object({
    id: word,
    key: { $ref: '#/components/schemas/LeaseKey' },
    services: { type: 'object', additionalProperties: texts, description: 'connection fields by service name' },
    env: { ...texts, description: 'the environment that the holder gets' },
  }),
  LeaseGrant: object({
    lease: { $ref: '#/components/schemas/Lease' },
    replaces: {
      ...texts,
      description:
        'what the main process has under the names in `lease.env`: a holder changes a name only while it still has this value, since what the project sets for itself wins',
    },
  }),
  LeaseStatus: object({ id: word, key: { $ref: '#/components/schemas/LeaseKey' }, createdAt: time }),
  LeaseList: object({ leases: list('LeaseStatus') }),
  BeginTest: object(
    {
      name: { type: 'string', minLength: 1, maxLength: 1000, description: 'the whole name without the file' },
      file: { ...text, description: 'relative to the project; a class on the JVM, a package for Go' },
      between: {
        type: 'string',
        enum: ['keep', 'undo'],
        description:
          'what was written since the last test ended: `keep` = hooks of a wider scope may have run, it is theirs; `undo` = none has, so it came late: it goes, and is reported',
      },
      ended: {
        $ref: '#/components/schemas/FinishedTest',
        description: 'the test before it, where nothing has come in between: its end is told with this, and its state goes first',
      },
    },
    undefined,
    ['file', 'ended'],
  ),
  TestMark: object({ id: word, name: text, file: text }, undefined, ['file']),
  BegunTest: object(
    {
      test: { $ref: '#/components/schemas/TestMark' },
      overlapping: { type: 'boolean', description: 'other tests of this lease were still running' },
      ended: { $ref: '#/components/schemas/EndedTest' },
    },
    undefined,
    ['ended'],
  ),
  EndTest: object(result, undefined, ['message']),
  FinishedTest: object({ test: { ...word, description: 'id of a test that is running' }, ...result }, undefined, ['message']),
  ResetReport: object(
    {
      how: { ...word, description: '`rewind`, `restore`, `swap`, `clone`, `truncate`, `flush`, `none`, ...' },
      ms: { type: 'number', minimum: 0 },
      changed: { ...count, description: 'tables, keys, ... that had changed' },
      leaks: {
        type: 'array',
        items: object({ kind: { type: 'string', enum: ['transaction', 'write', 'server'] }, text }),
        description: 'what the test left behind that got in the way, or that came after the reset',
      },
      fallback: { ...text, description: 'why the way that was asked for could not be gone' },
      disconnected: { type: 'boolean', description: "the app's connections were ended" },
    },
    undefined,
    ['fallback', 'disconnected'],
  ),
  LeaseReset: object({
    ms: { type: 'number', minimum: 0 },
    reports: {
      type: 'object',
      additionalProperties: { $ref: '#/components/schemas/ResetReport' },
      description: 'by service; empty when the isolation resets nothing',
    },
  }),
  EndedTest: object(
    {
      reset: { $ref: '#/components/schemas/LeaseReset' },
      refused: { ...text, description: 'why nothing was reset: tests overlap' },
    },
    'one of the two',
    ['reset', 'refused'],
  ),
  Sources: object({
    sources: {
      type: 'array',
      items: object({
        name: text,
        kind: { ...word, description: '`topic`, `queue`, `exchange`, `subject`, `stream`, `mailbox`, `bucket`' },
      }),
    },
  }),
  MessagesRequest: object(
    {
      source: { ...text, description: 'a topic, queue, exchange, subject, stream, mailbox or bucket' },
      seen: { ...count, description: 'answer as soon as there are others than so many' },
      wait: { type: 'integer', minimum: 0, description: 'milliseconds that this may take; 0 when it is not given' },
    },
    undefined,
    ['seen', 'wait'],
  ),
  Messages: object({ messages: list('Message') }),
  Message: object(
    {
      source: text,
      id: { ...text, description: 'unique within the source' },
      key: text,
      headers: texts,
      text: { ...text, description: 'the body, where it is UTF-8' },
      base64: { ...text, description: 'the body, where it is not' },
      at: { ...text, description: 'ISO 8601' },
      details: { type: 'object', description: 'what only this kind of service knows' },
    },
    undefined,
    ['key', 'text', 'base64', 'at', 'details'],
  ),
  Publish: object(
    {
      source: text,
      text: { ...text, description: 'the body; or `base64`' },
      base64: text,
      key: { ...text, description: "Kafka's key, a routing key, the key of an object" },
      headers: texts,
    },
    undefined,
    ['text', 'base64', 'key', 'headers'],
  ),
  ScopeChange: object({
    scope: {
      type: 'string',
      enum: SCOPES,
      description: '`run` = done once for the worker, `file` = once for a file, module or class, `test`',
    },
  }),
  Diff: object({
    services: {
      type: 'object',
      additionalProperties: {
        type: 'array',
        items: object(
          {
            table: text,
            op: { type: 'string', enum: ['insert', 'update', 'delete'] },
            before: { type: 'object' },
            after: { type: 'object' },
          },
          undefined,
          ['before', 'after'],
        ),
      },
      description: 'changes since the present scope began, by service',
    },
  }),
  ServiceStatus: object({
    name: word,
    kind: word,
    title: word,
    version: text,
    product: { ...text, description: 'what runs, in prose' },
    driver: word,
    state: { type: 'string', enum: SERVICE_STATES },
    port: orNull(count),
    fields: { ...texts, description: 'connection fields without secrets' },
    startedAt: orNull(time),
    pid: orNull(count),
    logFile: orNull(text),
    data: { ...orNull(text), description: 'how its data came to be' },
  }),
  ServiceList: object({ services: list('ServiceStatus') }),
  CommandStatus: object({ argv: { type: 'array', items: text }, pid: count, startedAt: time }),
  SessionStatus: object({
    session: word,
    project: object({ name: text, root: text }),
    startedAt: time,
    pid: count,
    isolation: { type: 'string', enum: ISOLATIONS },
    services: list('ServiceStatus'),
    leases: list('LeaseStatus'),
    commands: list('CommandStatus'),
  }),
  Environment: object({
    env: texts,
    leased: { type: 'array', items: text, description: "names whose values are another's in a lease" },
  }),
  Stopping: object({ stopping: { type: 'boolean' } }),
  Event: {
    type: 'object',
    properties: { at: time, type: word },
    required: ['at', 'type'],
    description: 'more properties by `type`',
  },
  Error: object(
    { code: { type: 'string', enum: ERROR_CODES }, message: text, hint: text, details: { type: 'object' } },
    'the same as in the output of the command line with `--json`',
    ['hint'],
  ),
} satisfies Record<string, Schema>;

/** Bodies by the name of their schema; kept equal to the literals by the tests. */
export interface LeaseRequest {
  readonly runner: string;
  readonly mainPid: number;
  readonly slot: string;
  readonly hold?: boolean;
  readonly over?: string;
  readonly hello?: { readonly plugin: string; readonly version: string };
  readonly isolation?: Isolation;
}
export interface BeginTestRequest {
  readonly name: string;
  readonly file?: string;
  readonly between: Between;
  readonly ended?: FinishedTest;
}
export type EndTestRequest = TestResult;
export interface ScopeRequest {
  readonly scope: Scope;
}
export interface MessagesRequest {
  readonly source: string;
  readonly seen?: number;
  readonly wait?: number;
}
export interface PublishRequest {
  readonly source: string;
  readonly text?: string;
  readonly base64?: string;
  readonly key?: string;
  readonly headers?: Readonly<Record<string, string>>;
}
export interface HelloRequest {
  readonly runner: string;
  readonly mainPid: number;
  readonly slot: string;
  readonly plugin: string;
  readonly version: string;
}
