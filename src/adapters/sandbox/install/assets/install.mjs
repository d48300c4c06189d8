// Runs inside the sandbox, which has no network but its own loopback: listens there, hands every connection on to the
// socket through which nothing but the registry can be reached, and runs the package manager against it.
import { spawn } from 'node:child_process';
import { connect, createServer } from 'node:net';

const [socket = '', program = '', ...args] = process.argv.slice(2);

const server = createServer((inside) => {
  const outside = connect(socket);
  inside.pipe(outside);
  outside.pipe(inside);
  inside.on('error', () => outside.destroy());
  outside.on('error', () => inside.destroy());
});
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address();
  const child = spawn(program, [...args, `--registry=http://127.0.0.1:${port}/`], { stdio: 'inherit' });
  child.on('error', (error) => {
    process.stderr.write(`${program}: ${error.message}\n`);
    process.exit(127);
  });
  child.on('exit', (code) => process.exit(code ?? 1));
});
