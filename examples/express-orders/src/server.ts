import { createApp } from './app.ts';
import { closeStores, openStores } from './stores.ts';

const stores = openStores();
// Port 0 = any free one; the line below says which.
const server = createApp(stores).listen(Number(process.env.PORT ?? 0), '127.0.0.1', () => {
  const address = server.address();
  if (address && typeof address === 'object') console.log(`listening on http://127.0.0.1:${address.port}`);
});

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => server.close(() => void closeStores(stores)));
}
