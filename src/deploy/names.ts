import { digestOf } from '../documents/digest.ts';
import { kubernetesName, foldName } from '../documents/names.ts';

/** A Service's name is a label of at most 63 characters; `-green-predictor` follows ours. */
const MOST = 45;

/** Returns what the objects of an overlay are called: a DNS label, the same for the same stage. */
export function workloadName(model: string, stage: string): string {
  const plain = [...model.split('/'), stage].map(foldName).join('-');
  const name = /^[a-z]/.test(plain) ? plain : `m-${plain}`;
  if (name.length <= MOST) return name;
  const sum = digestOf(kubernetesName(model, stage)).slice('sha256:'.length).slice(0, 8);
  return `${name.slice(0, MOST - sum.length - 1).replace(/-+$/, '')}-${sum}`;
}

/** Returns the folder of a stage's overlay. */
export function overlayDirectory(model: string, stage: string): string {
  return `deploy/models/${model}/${stage}`;
}
