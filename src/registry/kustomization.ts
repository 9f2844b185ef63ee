import { kubernetesName } from '../documents/names.ts';
import { writeYaml } from '../documents/write-yaml.ts';
import { firstReplacements, replacementsOf, type Replacement } from './replacements.ts';

/** One way in which mreg has written the Component. What stands in a stage keeps its form until the stage is promoted to. */
interface Form {
  readonly replacements: (name: string) => readonly Replacement[];
  /** Names the ConfigMap after its content, so that everything that mounts it starts anew with every move. */
  readonly isHashed: boolean;
}

const NOW: Form = { replacements: replacementsOf, isHashed: false };
const FORMS: readonly Form[] = [NOW, { replacements: firstReplacements, isHashed: true }];

/**
 * Returns the exact text of `kustomization.yaml` beside a stage file: a kustomize Component that copies the slots into the
 * users' manifests. The same for every model but for its name, so that the door can check it byte for byte.
 */
export function formatKustomization(model: string, stage: string): string {
  return textOf(NOW, kubernetesName(model, stage));
}

/** Tells whether a text is a Component that this or an earlier mreg wrote for the stage, byte for byte. */
export function isKustomization(text: string, model: string, stage: string): boolean {
  const name = kubernetesName(model, stage);
  return FORMS.some((form) => textOf(form, name) === text);
}

/** A name that looks like any other to YAML, and occurs nowhere else in the text. */
const SAMPLE = 'sample-model.sample-stage';
/** What needs no quotes, as the sample needs none. */
const PLAIN = /^[a-z][a-z0-9-]*\.[a-z0-9.-]*[a-z0-9]$/;
const templates = new Map<Form, string>();

/** Written out for every stage that is judged, the text took a tenth of an audit. */
function textOf(form: Form, name: string): string {
  if (!PLAIN.test(name)) return writeForm(form, name);
  const template = templates.get(form) ?? writeForm(form, SAMPLE);
  templates.set(form, template);
  return template.replaceAll(SAMPLE, name);
}

function writeForm({ replacements, isHashed }: Form, name: string): string {
  // Pods mount it to verify what they were given, and must not restart because the share of traffic changed.
  const options = isHashed ? {} : { options: { disableNameSuffixHash: true } };
  return writeYaml(
    {
      apiVersion: 'kustomize.config.k8s.io/v1alpha1',
      kind: 'Component',
      resources: ['stage.yaml'],
      configMapGenerator: [{ name: `${name}-stage`, files: ['stage.yaml', 'stage.yaml.sig'], ...options }],
      replacements: replacements(name),
    },
    {
      comment:
        'Written by mreg, the same for every stage but for the name. Do not edit: name this folder under components.',
    },
  );
}
