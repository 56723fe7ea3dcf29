import http from 'node:http';

/** The API version of a container engine that answers on a Unix socket; rejects with the reason when none does. */
export function pingEngine(socketPath: string, timeoutMs = 1000): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = http.get({ socketPath, path: '/_ping', timeout: timeoutMs, agent: false }, (response) => {
      response.resume();
      if (response.statusCode === 200) resolve(String(response.headers['api-version'] ?? 'unknown'));
      else reject(new Error(`it answered with status ${response.statusCode}`));
    });
    request.once('timeout', () => request.destroy(new Error(`no answer within ${timeoutMs} ms`)));
    request.once('error', reject);
  });
}
