import { RehearsalError, type Problem } from '../console/rehearsal-error.ts';

/** Returns the error for invalid scenarios. */
export function scenarioError(problems: readonly Problem[]): RehearsalError {
  return new RehearsalError('scenario', problems.map(formatProblem).join('\n'), { problems });
}

/** `file:line:column: message`, which editors and terminals link. */
function formatProblem({ file, line, column, message }: Problem): string {
  return `${file}:${line}:${column}: ${message}`;
}

/** Returns a workflow command of GitHub Actions, which shows the problem beside its line. */
export function formatAnnotation({ file, line, column, message }: Problem): string {
  return `::error file=${escape(file).replaceAll(':', '%3A').replaceAll(',', '%2C')},line=${line},col=${column}::${escape(message)}`;
}

/** Returns one line per problem and, in GitHub Actions, an annotation after each. */
export function describeProblems(problems: readonly Problem[]): string[] {
  const annotate = process.env['GITHUB_ACTIONS'] === 'true';
  return problems.flatMap((problem) => [
    formatProblem(problem),
    ...(annotate ? [formatAnnotation(problem)] : []),
  ]);
}

function escape(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}
