import { execFileSync } from 'node:child_process';

/** Builds what users run, once, before any test: the command-line tests start nothing else. */
export default function build(): void {
  execFileSync('npm', ['run', '--silent', 'build'], { stdio: 'inherit' });
}
