// Sends each argument as an inline command to REDIS_URL and prints the first line of each reply.
import net from 'node:net';

const { hostname, port } = new URL(process.env.REDIS_URL);
const commands = process.argv.slice(2);
const socket = net.connect(Number(port), hostname, () => socket.write(`${commands.join('\r\n')}\r\nQUIT\r\n`));
socket.setEncoding('utf8').on('data', (chunk) => process.stdout.write(chunk));
