// npm runs this after `npm install` in a clone, and where the package is installed from git: there it is
// all that builds. An existing dist stays as it is: `npm start`, `make` and `npm pack` build it anew.
import { execSync } from 'node:child_process';
import { existsSync } from 'node:fs';

// `--omit=dev` installs no compiler.
if (!existsSync('dist') && existsSync('node_modules/typescript')) {
  execSync('npm run --silent build', { stdio: 'inherit' });
}
