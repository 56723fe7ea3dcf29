// Notes every signal that it gets in a file. SIGUSR1 ends it: whoever sends that last knows that no other is still under way.
import fs from 'node:fs';

const [file] = process.argv.slice(2);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR2'])
  process.on(signal, () => fs.appendFileSync(file, `${signal}\n`));
process.on('SIGUSR1', () => process.exit(0));
setInterval(() => {}, 60_000);
console.log('listening');
