/** What a command that writes came to. */
export interface Written {
  /** Undefined in a dry run. */
  readonly commit: string | undefined;
  /** The branch that the commit is on. */
  readonly branch: string;
  readonly pushed: boolean;
}

/** Returns the fields that every writing command's --json has. */
export function writtenJson(
  about: { readonly model: string; readonly version: string },
  written: Written | undefined,
): {
  readonly model: string;
  readonly version: string;
  readonly commit: string | null;
  readonly branch: string | null;
  readonly pushed: boolean;
  readonly dryRun: boolean;
} {
  return {
    model: about.model,
    version: about.version,
    commit: written?.commit ?? null,
    branch: written?.branch ?? null,
    pushed: written?.pushed ?? false,
    dryRun: written !== undefined && written.commit === undefined,
  };
}

/** Returns where the change now is, in words. */
export function writtenText({ commit, branch, pushed }: Written): string {
  if (commit === undefined) return 'dry run: nothing was changed';
  return `commit ${commit.slice(0, 12)} on ${branch}${pushed ? ', pushed' : ''}`;
}
