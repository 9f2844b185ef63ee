import type { Threat } from '../support/threat-index.ts';

/** What somebody may try against a registry, in the order of docs/security.md. */
export const THREATS = [
  {
    id: 'signature-missing-or-foreign',
    area: 'Signatures and keys',
    threat: 'A document without its signature, or with the one of other bytes, another place, registry or purpose',
    outcome: 'refused: a signature counts for the exact bytes, place, registry and kind that it was made for',
  },
  {
    id: 'signature-form',
    area: 'Signatures and keys',
    threat:
      'A signature that ssh-keygen may let pass: flipped bits, odd armour, another algorithm, a field that is reserved',
    outcome: 'refused: one form only, byte for byte',
  },
  {
    id: 'weak-arithmetic',
    area: 'Signatures and keys',
    threat: 'A second valid form of one signature; a key of small order, for which any signature holds',
    outcome: 'the signature is refused; the key is refused when it would enter the trust root',
  },
  {
    id: 'counted-twice',
    area: 'Signatures and keys',
    threat: 'One person as two: two keys, two names, a bot, one approval twice',
    outcome: 'people are counted, each once; a root that lists one key twice is refused',
  },
  {
    id: 'threshold-nonsense',
    area: 'Signatures and keys',
    threat: 'A threshold that is no number to count with, or that nobody could meet',
    outcome: 'the document is refused',
  },
  {
    id: 'removed-key',
    area: 'Signatures and keys',
    threat: 'A key used after it was removed or after the trust root has expired, also in a commit dated back',
    outcome: 'refused: in force is what the parent holds, and the clock is that of whoever judges',
  },
  {
    id: 'trust-rotation',
    area: 'Signatures and keys',
    threat: 'A new trust root that its predecessor or its successor did not sign; a number left out; an old one again',
    outcome: 'refused: a root follows the one in force, signed by the threshold of both',
  },
  {
    id: 'self-approval',
    area: 'Signatures and keys',
    threat: 'An approval by whoever asks: in person, through a bot, under the name or e-mail address of somebody else',
    outcome: 'not counted: who somebody is, only a key says',
  },
  {
    id: 'signature-program',
    area: 'Signatures and keys',
    threat: 'A program in the configuration of git that calls every signature good',
    outcome: 'never asked: mreg verifies by itself',
  },
  {
    id: 'replayed-promotion',
    area: 'State and history',
    threat: 'The bytes of an earlier promotion put back, with their valid signatures',
    outcome: 'refused: a stage takes each forward state once',
  },
  {
    id: 'plain-revert',
    area: 'State and history',
    threat: 'A rollback at night with nothing but git and a key',
    outcome: 'accepted from whoever holds a rollback role: no gates, no approvals',
  },
  {
    id: 'unauthorised-revert',
    area: 'State and history',
    threat: 'The same revert unsigned, or by somebody without a rollback role',
    outcome: 'refused, unless a hold signed by somebody with the role rides along',
  },
  {
    id: 'wrong-restore',
    area: 'State and history',
    threat: 'A way back to what was never fully rolled out, to a held version, to the state of another branch or stage',
    outcome: 'refused',
  },
  {
    id: 'append-only',
    area: 'State and history',
    threat: 'A version, a measurement or a hold changed, removed, renumbered or copied',
    outcome: 'refused: these are added at the end and then stay',
  },
  {
    id: 'doctored-promotion',
    area: 'State and history',
    threat: 'A promotion with checks edited, or resting on evidence that is unsigned, of other bytes or not the newest',
    outcome: 'refused: whoever judges computes the checks again',
  },
  {
    id: 'policy-weakened',
    area: 'State and history',
    threat: 'A policy weakened before, with or after the promotion that needs it weak',
    outcome: 'each step is judged by the policy of its parent; a commit that mixes both is refused',
  },
  {
    id: 'merge-shapes',
    area: 'State and history',
    threat: 'A merge that brings more than its branches, joins many, or puts the old tip second',
    outcome: 'judged by what it changes against its first parent; the shapes that hide a step are refused',
  },
  {
    id: 'refs',
    area: 'State and history',
    threat: 'History forced, deleted or shadowed; replaced objects; a shallow push; tags that move',
    outcome: 'refused',
  },
  {
    id: 'rewritten-server',
    area: 'State and history',
    threat: 'History rewritten on the disk of the server, where no hook is asked',
    outcome: 'mreg verify says so on every client that has verified the old tip',
  },
  {
    id: 'rollout-steps',
    area: 'State and history',
    threat: 'A step of a rollout left out, too early, by nobody with the role, or of another plan than the approved',
    outcome: 'refused',
  },
  {
    id: 'frozen-stage',
    area: 'State and history',
    threat:
      'A move forward in a frozen stage; a freeze declared, lifted or dropped by somebody who does not answer for all of it',
    outcome: 'refused; rollbacks and pauses are never frozen',
  },
  {
    id: 'broken-glass',
    area: 'State and history',
    threat: 'A freeze or a closed window opened as an emergency by fewer than two people who answer for the model',
    outcome: 'refused, and nothing else is opened: holds, floors and the policy’s approvals stay as they are',
  },
  {
    id: 'yaml-bombs',
    area: 'Bytes and names',
    threat: 'A document made to exhaust whoever reads it: aliases, nesting, keys, sheer size',
    outcome: 'refused before a parser sees it',
  },
  {
    id: 'yaml-ambiguity',
    area: 'Bytes and names',
    threat: 'YAML that two parsers read in two ways',
    outcome: 'refused, with the advice to put it in quotes',
  },
  {
    id: 'hidden-lines',
    area: 'Bytes and names',
    threat: 'A character that ends a line for one parser and not for the other, or that people do not see',
    outcome: 'refused',
  },
  {
    id: 'names',
    area: 'Bytes and names',
    threat: 'A name that means something else to a language, a shell or a file system; the twin of another name',
    outcome: 'refused',
  },
  {
    id: 'tree-entries',
    area: 'Bytes and names',
    threat: 'Links, submodules, executables, attributes; trees that git would not have written',
    outcome: 'refused in the folders of the registry, also by a server that does not check objects itself',
  },
  {
    id: 'terminal',
    area: 'Bytes and names',
    threat: 'Control characters in names, messages and notes, made to steer the terminal of whoever reads them',
    outcome: 'escaped wherever they are shown',
  },
  {
    id: 'artifact-bytes',
    area: 'Bytes and names',
    threat: 'Stored files missing, added, renamed, cut or changed; an address outside the configured stores',
    outcome: 'the digest differs, exit 4; such an address is refused; a hook fetches nothing',
  },
  {
    id: 'option-injection',
    area: 'Bytes and names',
    threat: 'A ref, a name or an address that a program would take for an option or a command',
    outcome: 'refused or taken as plain text; nothing is started',
  },
] as const satisfies readonly Threat[];

/** The id of a threat. */
export type ThreatId = (typeof THREATS)[number]['id'];
