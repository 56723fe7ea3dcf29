import type { ComposeReading, ComposeService } from '../../core/service.ts';

/** Reads a compose service on the official Redis or Valkey image. */
export function fromCompose(service: ComposeService): ComposeReading {
  const { REDIS_PASSWORD, VALKEY_PASSWORD } = service.environment;
  const password = REDIS_PASSWORD ?? VALKEY_PASSWORD;
  return { options: password ? { password } : {}, init: [], notes: [] };
}
