// npm runs this after `npm install` in a clone, and when the package is installed from git, where nothing
// else builds. An existing dist stays as it is, since `npm start`, `make` and `npm pack` rebuild it.
import { execSync } from 'node:child_process';
import { existsSync } from 'node:fs';

// `--omit=dev` installs no compiler.
if (!existsSync('dist') && existsSync('node_modules/typescript')) {
  execSync('npm run --silent build', { stdio: 'inherit' });
}
