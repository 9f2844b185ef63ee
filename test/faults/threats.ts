import type { Threat } from '../support/threat-index.ts';

/** What may break, in the order of docs/security.md. */
export const THREATS = [
  {
    id: 'killed',
    area: 'Faults',
    threat: 'A process killed at any point: between two steps, or half-way through one',
    outcome: 'the old state or the new one; the same command again finishes, or says that it is done',
  },
  {
    id: 'disk',
    area: 'Faults',
    threat: 'A disk that is full, damaged or read-only; no file handle left',
    outcome: 'a clear error, exit 3; nothing half done, and a failed read never means "absent"',
  },
  {
    id: 'crowd',
    area: 'Faults',
    threat: 'Many writers at once: in one clone, in many, at one pointer and at several',
    outcome: 'one wins each round; the others judge again on what it left and get there, or say why not',
  },
  {
    id: 'hook',
    area: 'Faults',
    threat: 'A hook that crashes, hangs, is cut off, cannot be started, or is given more than anybody pushes',
    outcome: 'the push is refused; mreg doctor finds what is wrong with the setup',
  },
  {
    id: 'lost-reply',
    area: 'Faults',
    threat: 'A push that arrives while its answer is lost',
    outcome: 'its commit is found on the server, and the command says that it is done',
  },
  {
    id: 'moved-meanwhile',
    area: 'Faults',
    threat: 'A server that moved on meanwhile: by other models, or by this very pointer',
    outcome: 'decided and judged again on the new tip; refused where the pointer itself moved',
  },
  {
    id: 'damaged-repository',
    area: 'Faults',
    threat: 'A stale lock, a corrupt object or pack, a repack at the same time',
    outcome: 'told, with the way out; never a wrong answer',
  },
  {
    id: 'clock',
    area: 'Faults',
    threat: 'A wrong clock on a client or on the server',
    outcome: 'order never depends on it; an expiry names the clock that it was judged by',
  },
  {
    id: 'odd-repository',
    area: 'Faults',
    threat: 'A linked worktree, sha256, a shallow or partial clone, another form of index, a folder of a larger one',
    outcome: 'works, or is refused with the reason',
  },
] as const satisfies readonly Threat[];

/** The id of a fault. */
export type FaultRow = (typeof THREATS)[number]['id'];
