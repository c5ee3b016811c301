// Projects that compile against a package with TypeScript 5 and 7, under every `moduleResolution`.

/** Returns a module that imports the client from `name` and uses its types. */
export const clientTypesOf = (name) => `
import { generate, GenerateError } from '${name}';
export async function read(signal: AbortSignal): Promise<string> {
  try {
    return await generate('http://127.0.0.1:8080/', { prompt: 'hello', signal, retry: 1 }).text();
  } catch (error) {
    return error instanceof GenerateError ? error.text : '';
  }
}
// @ts-expect-error -- a type that resolves to any would take this
generate('http://127.0.0.1:8080/', { prompt: 5 });
`;

const tsconfig = (module, moduleResolution, include, types) =>
  JSON.stringify({
    compilerOptions: {
      module,
      moduleResolution,
      target: 'es2022',
      lib: ['es2024', 'dom'],
      types,
      strict: true,
      noEmit: true,
      skipLibCheck: true,
    },
    include,
  });

const compilers = {
  node10: ['commonjs', 'node10', ['*.ts', '*.cts']],
  node16: ['node16', 'node16', ['*.mts', '*.cts']],
  nodenext: ['nodenext', 'nodenext', ['*.mts', '*.cts', '*.ts']],
  bundler: ['esnext', 'bundler', ['*.ts', '*.mts']],
};

/** Returns a consumer that compiles these files; TypeScript 7 has dropped node10. */
export function typesConsumer(files, packages) {
  const types = packages.some((name) => name.startsWith('@types/node')) ? ['node'] : [];
  const configs = Object.entries(compilers).map(([name, options]) => [
    `${name}.json`,
    tsconfig(...options, types),
  ]);
  return {
    name: 'TypeScript 5 and 7, by node10, node16, nodenext and bundler',
    packages: ['typescript@7', 'ts5@npm:typescript@5.9', ...packages],
    files: { ...files, ...Object.fromEntries(configs) },
    commands: [
      ...Object.keys(compilers).map((name) => [
        'node',
        'node_modules/ts5/lib/tsc.js',
        '-p',
        `${name}.json`,
      ]),
      ...['node16', 'nodenext', 'bundler'].map((name) => [
        'npx',
        '--no-install',
        'tsc',
        '-p',
        `${name}.json`,
      ]),
    ],
  };
}
