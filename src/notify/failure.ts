/** Thrown where a target could not be told; `message` is for people and holds no secret. Caught where targets are told. */
export class Untold extends Error {
  override readonly name = 'Untold';
}

/** Returns the value of a variable that a target names. */
export function requireVariable(env: Readonly<Record<string, string | undefined>>, name: string): string {
  const value = env[name]?.trim();
  if (value === undefined || value === '') throw new Untold(`the variable ${name} is not set`);
  return value;
}
