import type { Driver } from '../../core/driver.ts';
import type { ImageSpec } from '../../core/image-spec.ts';
import type { LaunchSpec } from '../../core/launch-spec.ts';
import { SeatrialError } from '../../errors.ts';
import { findEngine } from './connect.ts';
import { containerEngine } from './containers.ts';
import { inspectImage, versionOf } from './images.ts';
import { notPulled, pullImage } from './pull.ts';
import { removeLeft, sweepEngine } from './remove.ts';

/** Containers of an engine that speaks Docker's API: Docker itself or Podman, on this machine or another. */
export function createDockerDriver(): Driver {
  let finding: ReturnType<typeof findEngine> | undefined;
  let sweeping: Promise<void> | undefined;
  const find = () => {
    finding ??= findEngine();
    return finding;
  };
  return {
    name: 'docker',
    takes: ['image'],
    async probe(spec) {
      const image = toImage(spec);
      const engine = await find();
      if ('tried' in engine) return { ok: false, why: `no container engine answers (${engine.tried.join('; ')})` };
      const facts = await inspectImage(engine, image.image);
      return {
        ok: true,
        version: versionOf(image, facts) ?? 'latest',
        how: `the image ${image.image} in ${engine.title}`,
        present: facts !== undefined,
      };
    },
    async launch(spec, context) {
      const image = toImage(spec);
      const { signal } = context;
      const engine = await find();
      if ('tried' in engine) throw unreachable(context.name, engine.tried);
      sweeping ??= sweepEngine(engine).catch(() => {}); // the next one tries again
      let facts = await inspectImage(engine, image.image, signal);
      if (!facts) {
        if (context.container?.pull === 'never') throw notPulled(image.image, engine);
        await pullImage(engine, image.image, { signal, progress: (line) => context.progress(line) });
        facts = await inspectImage(engine, image.image, signal);
      }
      const running = await context.runContainer(image, containerEngine(engine), versionOf(image, facts));
      await sweeping;
      return running;
    },
    removeLeft,
  };
}

function toImage(spec: LaunchSpec): ImageSpec {
  if (spec.kind === 'image') return spec;
  throw new TypeError(`the docker driver takes images, not ${spec.kind}`);
}

function unreachable(name: string, tried: readonly string[]): SeatrialError {
  return new SeatrialError('SEATRIAL_ENGINE_FAILED', `${name}: no container engine answers: ${tried.join('; ')}`, {
    hint: 'start Docker or Podman, set DOCKER_HOST, or put `embedded` first in `drivers`',
    details: { tried },
  });
}
