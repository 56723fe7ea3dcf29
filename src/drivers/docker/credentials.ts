import { runCommand } from '../../util/platform/run-command.ts';
import { dockerFolder } from './addresses.ts';
import { readDockerConfig } from './docker-config.ts';

interface Login {
  readonly username?: string;
  readonly password?: string;
  readonly identitytoken?: string;
  readonly serveraddress: string;
}

/** The header by which the engine logs in to a registry as `docker login` has left it; none where it has left nothing. */
export async function registryAuth(registry: string, signal: AbortSignal): Promise<Readonly<Record<string, string>>> {
  const login = await findLogin(registry, signal);
  return login ? { 'X-Registry-Auth': Buffer.from(JSON.stringify(login)).toString('base64url') } : {};
}

async function findLogin(registry: string, signal: AbortSignal): Promise<Login | undefined> {
  const config = readDockerConfig(dockerFolder());
  const helper = config.credHelpers?.[registry] ?? config.credsStore;
  const helped = helper === undefined ? undefined : await askHelper(helper, registry, signal);
  if (helped) return helped;
  const stored = config.auths?.[registry] ?? config.auths?.[`https://${registry}`];
  if (stored?.identitytoken) return { identitytoken: stored.identitytoken, serveraddress: registry };
  const [username, ...password] = Buffer.from(stored?.auth ?? '', 'base64')
    .toString('utf8')
    .split(':');
  return username ? { username, password: password.join(':'), serveraddress: registry } : undefined;
}

/** A helper that knows nothing of the registry, or does not start, leaves the pull without a login: the registry says whether it needs one. */
async function askHelper(helper: string, registry: string, signal: AbortSignal): Promise<Login | undefined> {
  try {
    const { exitCode, stdout } = await runCommand(`docker-credential-${helper}`, ['get'], { input: registry, signal });
    if (exitCode !== 0) return undefined;
    const { Username, Secret } = JSON.parse(stdout) as { Username?: string; Secret?: string };
    if (!Secret) return undefined;
    return Username === '<token>'
      ? { identitytoken: Secret, serveraddress: registry }
      : { username: Username ?? '', password: Secret, serveraddress: registry };
  } catch {
    signal.throwIfAborted();
    return undefined;
  }
}
