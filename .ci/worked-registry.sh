#!/usr/bin/env bash
# Makes the worked registry of this repository anew: mreg.yaml, trust/, policies/, registry/. It is played through the real
# commands in a temporary repository and copied here. The keys are thrown away at the end, so nothing in it can ever be
# signed again: to change a pack, edit it in policies/, run this, and commit with --no-verify (the hook refuses the new root).
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
store=${MREG_EXAMPLE_STORE:-/srv/mreg-example/models}
trap 'rm -rf "$work" "$(dirname "$store")"' EXIT
export HOME="$work" GIT_CONFIG_GLOBAL="$work/gitconfig" GIT_CONFIG_NOSYSTEM=1 NO_COLOR=1
unset SSH_AUTH_SOCK MREG_KEY MREG_PASSPHRASE || true
git config --file "$GIT_CONFIG_GLOBAL" user.name 'The mreg example'
git config --file "$GIT_CONFIG_GLOBAL" user.email example@mreg.example
node "$root/.ci/build.mjs"
# The packs as they are now, from a copy: what is being made replaces them.
mkdir "$work/package" && cp -r "$root/bin" "$root/policies" "$work/package/"
mreg() { node "$work/package/bin/mreg.mjs" "$@"; }
as() { local who=$1; shift; mreg "$@" --key "$work/$who" -q; }

for who in ci dana olga remy omar; do mreg key generate --out "$work/$who" --no-passphrase -q; done
public() { mreg key show "$work/$1.pub"; }
cat > "$work/team.yaml" <<TEAM
principals:
  - {id: ci@mreg.example, keys: ["$(public ci)"], owner: dana@mreg.example}
  - {id: dana@mreg.example, keys: ["$(public dana)"]}
  - {id: olga@mreg.example, keys: ["$(public olga)"]}
  - {id: remy@mreg.example, keys: ["$(public remy)"]}
  - {id: omar@mreg.example, keys: ["$(public omar)"]}
roles:
  - {role: root, principals: [olga@mreg.example, remy@mreg.example], models: ["*"]}
  - {role: policy, principals: [olga@mreg.example, remy@mreg.example], models: ["*"]}
  - {role: registrar, principals: [ci@mreg.example, dana@mreg.example], models: ["*"]}
  - {role: evaluator, principals: [ci@mreg.example, dana@mreg.example], models: ["*"]}
  - {role: promoter, principals: [dana@mreg.example], models: ["*"]}
  - {role: owner, principals: [olga@mreg.example], models: ["*"]}
  - {role: reviewer, principals: [remy@mreg.example], models: ["*"]}
  - {role: oncall, principals: [omar@mreg.example], models: ["*"]}
thresholds: {root: 1, policy: 1}
TEAM
cd "$work"
as olga init registry --name mreg-example --as olga@mreg.example --team team.yaml --store "file://$store" --commits any \
  --policy 'standard=standard/*' --policy 'solo=solo/*' --policy 'strict=strict/*'
cd registry

data=sha256:$(printf 'churn, 2026-10' | sha256sum | cut -d' ' -f1)
lock=sha256:$(sha256sum < "$root/package-lock.json" | cut -d' ' -f1)
printf '{"inputs":[{"name":"tenure","type":"double","required":true}],"outputs":[{"name":"score","type":"double"}]}' > "$work/old.json"
printf '{"inputs":[{"name":"tenure","type":"double","required":true},{"name":"region","type":"string","required":false}],"outputs":[{"name":"score","type":"double"}]}' > "$work/new.json"

# churn_classifier: v1 goes through to prod; v2 stays in dev; v3 beats it by 0.03 and stands in staging.
version() { # number auc features
  printf 'weights of churn_classifier %s\n' "$1" > "$work/churn-$1.bin"
  printf '{"auc": %s}' "$2" > "$work/metrics.json"
  as ci register standard/churn_classifier "$work/churn-$1.bin" --metrics "$work/metrics.json" --features "$work/$3.json" \
    --code https://git.example/churn@1234abcd --data "train=s3://bucket/churn-2026-10@$data" --param learning_rate=0.1 --lockfile "$lock"
  printf '{"suites": {"unit": {"passed": 41, "failed": 0}, "integration": {"passed": 7, "failed": 0}}}' \
    | as ci evidence add "standard/churn_classifier@v$1" - --kind tests
  printf '{"findings": {"secrets": 0, "vulnerabilities": {"critical": 0, "high": 0, "medium": 1, "low": 3}}}' \
    | as ci evidence add "standard/churn_classifier@v$1" - --kind scan
}
version 1 0.85 old
as dana promote standard/churn_classifier@v1 --to staging -m 'the first one'
printf '{"latency_p95_ms": 41, "error_rate": {"value": 0.2, "unit": "percent"}}' | as ci evidence add standard/churn_classifier@v1 - --kind online
printf '{"psi": 0.04, "ks_p_value": 0.31}' | as ci evidence add standard/churn_classifier@v1 - --kind drift
printf '{"tpr_gap": 0.012}' | as ci evidence add standard/churn_classifier@v1 - --kind fairness
as dana promote standard/churn_classifier@v1 --to prod -m 'measured on a week of staging traffic' || test $? = 5
as olga approve standard/churn_classifier --to prod --yes || test $? = 5
as remy approve standard/churn_classifier --to prod --yes
version 2 0.86 old
version 3 0.88 new
as dana promote standard/churn_classifier@v3 --to staging -m 'one optional feature more, AUC 0.03 up'

printf 'rules of spam_filter\n' > "$work/spam.txt"
as dana register solo/spam_filter "$work/spam.txt" --description 'one person, no ceremony'
as dana promote solo/spam_filter@v1 --to staging
as dana promote solo/spam_filter@v1 --to prod

mreg verify
cd "$root"
rm -rf mreg.yaml mreg.yaml.sig trust policies registry
cp -r "$work"/registry/{mreg.yaml,mreg.yaml.sig,trust,policies,registry} .
git config --unset mreg.root || true
echo 'The worked registry is made anew; commit it with: git add mreg.yaml* trust policies registry && git commit --no-verify'
