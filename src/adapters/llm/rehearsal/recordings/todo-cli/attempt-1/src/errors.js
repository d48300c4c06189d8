/** The command was called in a wrong way; exit code 2. */
export class UsageError extends Error {
  exitCode = 2;
}

/** The list or an item of it could not be used; exit code 1. */
export class ListError extends Error {
  exitCode = 1;
}
