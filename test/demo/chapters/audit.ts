import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { run, Surprise, type Company, type Expectation } from '../company.ts';
import { MODEL } from './shipping.ts';

/** What the tools of others counted. */
export interface Counts {
  readonly signatures: number;
  readonly commits: number;
}

/** Verifies each signature file with ssh-keygen: no mreg in it, and nothing that mreg installed. */
const VERIFY_ALL = `#!/bin/sh
# Verifies every signature of the registry that is checked out here, with ssh-keygen alone.
count=0
for signature in $(git ls-files '*.sig'); do
  namespace=mreg.approval.v1
  case $signature in
    */approvals/*) document=\${signature%/approvals/*}/promotion.yaml ;;
    *.approvals/*) document=\${signature%.approvals/*} ;;
    *)
      document=\${signature%.sig}
      kind=$(sed -n 's/^kind: //p' "$document" | sed 's/\\([a-z]\\)\\([A-Z]\\)/\\1-\\2/g' | tr '[:upper:]' '[:lower:]')
      namespace=mreg.$kind.v1
      ;;
  esac
  principal=$(ssh-keygen -Y find-principals -f trust/allowed_signers -s "$signature") || exit 1
  ssh-keygen -Y verify -f trust/allowed_signers -I "$principal" -n "$namespace" -s "$signature" \\
    <"$document" >/dev/null || exit 1
  count=$((count + 1))
done
echo "$count signatures, all good"
`;

/** A fresh clone tells everything: where each stage points, how it came there, and that nothing was tampered with. */
export function audit(company: Company, firstInProd: Date): Counts {
  const { narrator, remy, server } = company;
  narrator.chapter('What a fresh clone tells');
  const clone = path.join(remy.home, 'audit');
  const address = path.relative(remy.home, server);
  run(company, remy, ['git', 'clone', '--quiet', address, 'audit'], { cwd: remy.home });
  look(company, clone, firstInProd);
  return { signatures: verifySignatures(company, clone), commits: verifyCommits(company, clone) };
}

function look(company: Company, cwd: string, firstInProd: Date): void {
  const { narrator, remy } = company;
  const at = firstInProd.toISOString().replace(/\.\d+Z$/, 'Z');
  run(company, remy, ['mreg', 'status'], { cwd, shows: [MODEL, 'claims_risk', 'v1'] });
  run(company, remy, ['mreg', 'log', MODEL, '--stage', 'prod'], { cwd, shows: ['v2', 'v1', 'omar@airline.example'] });
  narrator.say(`What was in prod at ${at}, on whose word and on what evidence?`);
  run(company, remy, ['mreg', 'log', MODEL, '--stage', 'prod', '--at', at], {
    cwd,
    shows: ['v1', 'olga@airline.example', 'remy@airline.example'],
  });
  narrator.say('Every signature and every stored byte, judged again:');
  run(company, remy, ['mreg', 'verify'], { cwd, shows: [/^verified \d+ files/m] });
  narrator.say('And every step of the whole history, judged again as the server judged it when it came:');
  run(company, remy, ['mreg', 'audit'], { cwd, shows: [/^audited \d+ steps/m] });
}

/** Stock tools see the same: every signature is SSHSIG, every commit is signed, every object is well-formed. */
function verifySignatures(company: Company, cwd: string): number {
  const { narrator, remy, folder } = company;
  const script = path.join(folder, 'verify-signatures.sh');
  writeFileSync(script, VERIFY_ALL);
  narrator.say(
    'None of this needs mreg. verify-signatures.sh is a few lines of shell around ssh-keygen; git verifies its own commits.',
  );
  const output = run(company, remy, ['sh', path.relative(cwd, script)], {
    cwd,
    shows: [/^\d+ signatures, all good$/m],
  });
  return Number(/^(\d+) signatures/m.exec(output)?.[1]);
}

function verifyCommits(company: Company, cwd: string): number {
  const { remy } = company;
  const shell = (line: string, expected: Expectation = {}): string =>
    run(company, remy, ['sh', '-c', line], { ...expected, cwd });
  const commits = Number(shell('git rev-list --count main', { shows: [/^\d+$/m] }));
  const verify = "git rev-list main | xargs git verify-commit 2>&1 | sed 's/ with .*//' | sort | uniq -c";
  const counted = shell(verify, { shows: ['Good "git" signature for'] });
  requireAllGood(counted, commits);
  run(company, remy, ['git', 'fsck', '--strict', '--no-dangling'], { cwd });
  return commits;
}

/** Lines of `uniq -c`: how many commits of whom; anything but good signatures, or too few, is a surprise. */
function requireAllGood(counted: string, commits: number): void {
  const lines = counted.trim().split('\n');
  const good = lines.every((line) => /^ *\d+ Good "git" signature for \S+$/.test(line));
  const total = lines.reduce((sum, line) => sum + Number(/\d+/.exec(line)?.[0]), 0);
  if (good && total === commits) return;
  throw new Surprise(`expected ${commits} good commit signatures, found:\n${counted}`);
}
