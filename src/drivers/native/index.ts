import type { Driver } from '../../core/driver.ts';
import { SeatrialError } from '../../errors.ts';
import { findToolset } from './find-toolset.ts';

/** Executables that this machine has: on PATH, or where distributions put them. */
export const nativeDriver: Driver = {
  name: 'native',
  takes: ['binary'],
  async probe(spec) {
    if (spec.kind !== 'binary') return { ok: false, why: `the native driver runs executables, not a ${spec.kind}` };
    const found = await findToolset(spec);
    if ('why' in found) return { ok: false, why: found.why };
    return { ok: true, version: found.tools.version, how: found.server, present: true };
  },
  async launch(spec, context) {
    if (spec.kind !== 'binary') throw new TypeError(`the native driver runs executables, not a ${spec.kind}`);
    const found = await findToolset(spec);
    if ('why' in found)
      throw new SeatrialError('SEATRIAL_DRIVER_NONE_FITS', `${context.name}: ${found.why}`, {
        hint: 'install it, or leave `native` out of `drivers`',
      });
    return context.runBinary(spec, found.tools);
  },
};
