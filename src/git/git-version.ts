import { gitEnvironment, runGit } from './git-process.ts';

/** Returns what git calls itself, such as `2.39.5`; throws MregError('no-git') when there is none. */
export async function gitVersion(directory: string, env: NodeJS.ProcessEnv): Promise<string> {
  const { stdout } = await runGit({ directory, env: gitEnvironment(env) }, ['version']);
  return /\d+(?:\.\d+)+/.exec(stdout.toString('utf8'))?.[0] ?? 'unknown';
}
