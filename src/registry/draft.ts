import { digestOf, type Digest } from '../documents/digest.ts';
import { NAMESPACE_OF, type DocumentOf, type Kind } from '../documents/kinds/index.ts';
import { writeYaml } from '../documents/write-yaml.ts';
import type { CommitPlan, SignatureWish } from './commit-plan.ts';

/** A commit plan while it is being put together. */
export interface Draft {
  readonly edits: Map<string, string | Uint8Array | null>;
  readonly signatures: SignatureWish[];
}

/** Returns an empty draft. */
export function newDraft(): Draft {
  return { edits: new Map(), signatures: [] };
}

/** Adds a document to be written and signed by the author; returns the digest of its bytes. */
export function addDocument(draft: Draft, path: string, document: DocumentOf[Kind]): Digest {
  return addSignedText(draft, { path, text: writeYaml(document), namespace: NAMESPACE_OF[document.kind] });
}

/** Adds a document whose exact text is given; returns its digest. */
export function addSignedText(
  draft: Draft,
  file: { readonly path: string; readonly text: string; readonly namespace: string },
): Digest {
  draft.edits.set(file.path, file.text);
  draft.signatures.push({ path: file.path, namespace: file.namespace });
  return digestOf(file.text);
}

/** Returns the finished plan. */
export function finish(
  draft: Draft,
  message: {
    readonly subject: string;
    readonly body?: string | undefined;
    readonly trailers: Readonly<Record<string, string>>;
  },
): CommitPlan {
  const body = message.body === undefined ? {} : { body: message.body };
  return { ...draft, subject: message.subject, trailers: message.trailers, ...body };
}

/** Returns text as a trailer can hold it, which ends with its line. */
export function onOneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}

/** Returns an instant as documents write it: UTC, whole seconds. */
export function timeText(at: Date): string {
  return `${at.toISOString().slice(0, 19)}Z`;
}
