import { RehearsalError, type Problem } from '../console/rehearsal-error.ts';

/** The error of scenario files that cannot be used; nothing was started. */
export function scenarioError(problems: readonly Problem[]): RehearsalError {
  return new RehearsalError('scenario', problems.map(formatProblem).join('\n'), { problems });
}

/** `file:line:column: message`, as editors and terminals link it. */
function formatProblem({ file, line, column, message }: Problem): string {
  return `${file}:${line}:${column}: ${message}`;
}

/** A problem as GitHub Actions shows it beside the line (workflow commands). */
export function formatAnnotation({ file, line, column, message }: Problem): string {
  return `::error file=${escape(file).replaceAll(':', '%3A').replaceAll(',', '%2C')},line=${line},col=${column}::${escape(message)}`;
}

/** Problems as they are told to people: a line each and, in GitHub Actions, an annotation after it. */
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
