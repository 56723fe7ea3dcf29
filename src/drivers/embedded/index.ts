import type { ArtifactFetcher } from '../../core/artifact.ts';
import type { Driver } from '../../core/driver.ts';
import type { BinarySpec, LaunchSpec } from '../../core/launch-spec.ts';

/** Server builds out of the package registries, unpacked into the cache; works with no container engine. */
export function createEmbeddedDriver(fetcher: ArtifactFetcher): Driver {
  return {
    name: 'embedded',
    takes: ['binary'],
    async probe(spec) {
      const { artifact, version } = toBinary(spec);
      const found = await fetcher.find(artifact, version);
      if ('missing' in found) return { ok: false, why: found.missing };
      return { ok: true, version: found.version, how: found.source, present: found.present, downloadBytes: found.downloadBytes };
    },
    async launch(spec, context) {
      const binary = toBinary(spec);
      const { signal } = context;
      const tools = await fetcher.fetch(binary.artifact, binary.version, { signal, progress: (line) => context.progress(line) });
      return context.runBinary(binary, tools);
    },
  };
}

function toBinary(spec: LaunchSpec): BinarySpec {
  if (spec.kind === 'binary') return spec;
  throw new TypeError(`the embedded driver takes binaries, not ${spec.kind}`);
}
