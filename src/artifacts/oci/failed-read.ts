import type { Digest } from '../../documents/digest.ts';
import { MregError } from '../../documents/error.ts';
import { complaintsOf, drop } from './answer.ts';
import type { Conversation } from './conversation.ts';
import type { HttpAnswer } from './http.ts';

/** What registries say of something that they have and cannot make sense of, such as a manifest that is no JSON any more. */
const SENSELESS: ReadonlySet<number> = new Set([400, 500]);
/** No bytes are known that have this digest. */
const NOWHERE: Digest = `sha256:${'0'.repeat(64)}`;

/** What was to be read, and to what end: `aim` completes "could not …". */
export interface FailedRead {
  readonly name: string;
  readonly aim: string;
}

/**
 * Returns the error for a read that failed with an answer. A registry that says of nothing that it is not there reads its own
 * storage well: what it then cannot give out is damaged, and asking again later would not help.
 */
export async function failedRead(
  conversation: Conversation,
  answer: HttpAnswer,
  { name, aim }: FailedRead,
): Promise<MregError> {
  if (!SENSELESS.has(answer.status) || !(await isWell(conversation))) return conversation.unexpected(answer, aim);
  const { host, origin, repository } = conversation.place;
  const said = [String(answer.status), ...(await complaintsOf(answer, new URL(origin)))].join(' ');
  return new MregError('integrity', `${host}/${repository} is damaged: it cannot give out ${name} (${said})`, {
    hint: "restore the registry's storage, or remove the image there and push the artifact again from its source",
  });
}

async function isWell(conversation: Conversation): Promise<boolean> {
  const url = conversation.addressOf(`manifests/${NOWHERE}`);
  const probe = await conversation.ask({ method: 'HEAD', url, aim: 'look for a manifest' });
  await drop(probe);
  return probe.status === 404;
}
