import type { Driver } from '../../core/driver.ts';

/** A server that runs already, at an address which the configuration or a flag names. It is used, never started or stopped. */
export const externalDriver: Driver = {
  name: 'external',
  takes: ['address'],
  async probe(spec) {
    if (spec.kind !== 'address') return { ok: false, why: 'no address is given: set `url`' };
    return { ok: true, version: 'external', how: `the server at ${hostOf(spec.url)}`, present: true };
  },
  launch(spec, context) {
    if (spec.kind !== 'address') throw new TypeError(`the external driver takes addresses, not a ${spec.kind}`);
    return context.useAddress(spec);
  },
};

/** Without user and password. */
function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : url;
}
