import { checkModel, checkName, isVersionName } from './names.ts';

/** A promotion that waits for approvals. */
export interface Request {
  readonly model: string;
  readonly stage: string;
  readonly version: string;
}

/** Returns the branch (without `refs/heads/`) on which a request waits: `promote/<model>/<stage>/<version>`. */
export function requestBranch(model: string, stage: string, version: string): string {
  return `promote/${model}/${stage}/${version}`;
}

/** Returns the request that a branch name stands for, or undefined when it is no request branch. */
export function parseRequestBranch(branch: string): Request | undefined {
  const [root, ...parts] = branch.split('/');
  const version = parts.pop() ?? '';
  const stage = parts.pop() ?? '';
  const model = parts.join('/');
  const isRequest =
    root === 'promote' &&
    isVersionName(version) &&
    checkName(stage, 'a stage') === undefined &&
    checkModel(model) === undefined;
  return isRequest ? { model, stage, version } : undefined;
}
