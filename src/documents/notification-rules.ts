import { fault, names, repeated, type Fault } from './faults.ts';
import type { NotificationsDocument, NotifyTarget } from './kinds/notifications.ts';

type Field = keyof NotifyTarget;

/** What each type of target needs (one of each list) and may have. */
const FIELDS: Readonly<
  Record<NotifyTarget['type'], { needs: readonly (readonly Field[])[]; takes: readonly Field[] }>
> = {
  webhook: { needs: [['url', 'urlEnv'], ['secretEnv']], takes: [] },
  slack: { needs: [['urlEnv']], takes: [] },
  email: { needs: [['host'], ['from'], ['to']], takes: ['port', 'security', 'userEnv', 'passwordEnv'] },
  command: { needs: [['command']], takes: [] },
};
const ALWAYS: readonly Field[] = ['name', 'type', 'events', 'timeout'];

/** Returns what a list of targets says that cannot be. */
export function notificationFaults({ spec }: NotificationsDocument): readonly Fault[] {
  return [
    ...repeated('spec.targets', 'name', names(spec.targets)),
    ...spec.targets.flatMap((target, index) => targetFaults(`spec.targets.${String(index)}`, target)),
  ];
}

function targetFaults(field: string, target: NotifyTarget): readonly Fault[] {
  const { needs, takes } = FIELDS[target.type];
  const known: ReadonlySet<string> = new Set([...ALWAYS, ...needs.flat(), ...takes]);
  const missing = needs.filter((either) => either.filter((name) => target[name] !== undefined).length !== 1);
  const unknown = Object.keys(target).filter((name) => !known.has(name));
  // Attack: whoever listens on the way to the mail server reads the password.
  const isOpen = target.security === 'none' && target.passwordEnv !== undefined;
  const isHalf = (target.userEnv === undefined) !== (target.passwordEnv === undefined);
  return [
    ...missing.map((either) =>
      fault(`${field}.${either[0] ?? ''}`, {
        expected: `${either.join(' or ')}, for a target of type ${target.type}`,
        found: either.every((name) => target[name] === undefined) ? 'nothing' : 'both',
      }),
    ),
    ...unknown.map((name) =>
      fault(`${field}.${name}`, { expected: `a field of a target of type ${target.type}`, found: name }),
    ),
    ...(isOpen
      ? [fault(`${field}.security`, { expected: 'tls or starttls, for a password is sent', found: 'none' })]
      : []),
    ...(isHalf
      ? [fault(`${field}.userEnv`, { expected: 'userEnv and passwordEnv together', found: 'one of them' })]
      : []),
  ];
}
