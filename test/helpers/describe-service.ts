import { afterAll, beforeAll, describe, it } from 'vitest';
import {
  type ConformanceServer,
  type ConformanceSubject,
  endServer,
  serviceConformance,
} from '../../src/testing/service-conformance.ts';

/** Registers the conformance suite for a service on a driver; `more` adds cases of its own on the same server. */
export function describeService(
  title: string,
  subject: ConformanceSubject,
  more?: (server: () => ConformanceServer) => void,
): void {
  describe(title, () => {
    let server: ConformanceServer | undefined;
    let ended = false;
    beforeAll(async () => {
      server = await subject.start();
    }, 120_000);
    afterAll(async () => {
      if (server && !ended) await server[Symbol.asyncDispose]();
    });
    const running = () => {
      if (!server) throw new Error('the server did not start');
      return server;
    };
    for (const { title: name, run } of serviceConformance(subject)) it(name, () => run(running()), 30_000);
    more?.(running);
    it('leaves nothing when it is stopped', async () => {
      ended = true;
      await endServer(running());
    });
  });
}
