import { Command, Option, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { attestArtifact } from './attest-artifact.ts';
import { collectGarbage } from './artifact-gc.ts';
import { listStored } from './artifact-ls.ts';
import { pullBytes, pushBytes } from './artifact-transfer.ts';
import { verifyBytes } from './artifact-verify.ts';
import { attestationFlags } from './attestation.ts';
import { collect, commonFlags, type Host } from './declare.ts';
import { pullStageFile, type StageFileFlags } from './pull-stage-file.ts';
import { MregError } from '../documents/error.ts';

/** Declares `mreg artifact` and what is below it. */
export function artifactCommand(host: Host): CommandUnknownOpts {
  return new Command('artifact')
    .summary('the bytes of models: store, fetch, check, clean up')
    .description('The bytes that versions stand for, in the artifact stores that mreg.yaml names.')
    .addCommand(pushCommand(host))
    .addCommand(pullCommand(host))
    .addCommand(verifyCommand(host))
    .addCommand(attestCommand(host))
    .addCommand(lsCommand(host))
    .addCommand(gcCommand(host));
}

function pushCommand(host: Host): CommandUnknownOpts {
  return new Command('push')
    .summary('store a file or folder by its content')
    .description(
      'Stores a file or folder and prints its digest and uri. The registry does not change: mreg register <model> <uri> makes a version of it.',
    )
    .argument('<path>', 'a file or a folder')
    .option('--store <store>', 'name or url of a configured store (default: the first)')
    .addHelpText('after', '\nExample:\n  mreg artifact push out/model')
    .action(async (path, options, command) => {
      host.code = await pushBytes(host.outside, { ...commonFlags(command), ...options }, path);
    });
}

function pullCommand(host: Host): CommandUnknownOpts {
  return new Command('pull')
    .summary('fetch the bytes of a version, checked')
    .description(
      'Verifies the signatures that lead from a reference to its artifact, then fetches the bytes. The folder appears whole and checked, or not at all.',
    )
    .argument('[reference]', 'fraud_detector@prod, fraud_detector@v7, or the uri of an artifact')
    .requiredOption('-o, --out <dir>', 'the folder to make')
    .option('--stage-file <file>', 'instead of a reference: the stage file that names the artifact, signed')
    .addOption(
      new Option('--slot <slot>', 'with --stage-file: this slot, not the champion').choices(['blue', 'green'] as const),
    )
    .option('--digest <digest>', 'with --stage-file: what must stand there, else nothing is pulled')
    .option('--allowed-signers <file>', 'with --stage-file, where no registry is: who may have signed it')
    .option('--registry-id <id>', 'with --allowed-signers: the registry that it must be of')
    .option(
      '--registry <url>',
      'the git url of a registry that is not here; it is verified whole, from --trust-root on',
    )
    .option('--trust-root <digest>', 'what the first trust/root.yaml of that registry must be: sha256:…')
    .option('--link', 'link to the stored files instead of copying: faster, for folders that are only read')
    .addHelpText(
      'after',
      '\nExample:\n  mreg artifact pull fraud_detector@prod -o /srv/model\n  mreg artifact pull fraud_detector@prod -o /srv/model \\\n    --registry https://git.example/models.git --trust-root sha256:…\n  mreg artifact pull --stage-file /mreg/stage.yaml --allowed-signers /mreg/allowed_signers \\\n    --registry-id acme-0123456789ab -o /models/current',
    )
    .action(async (reference, options, command) => {
      host.code = await pullOne(host, { ...commonFlags(command), ...options }, reference);
    });
}

type PullFlags = Parameters<typeof pullBytes>[1] &
  Omit<StageFileFlags, 'stageFile'> & { readonly stageFile?: string | undefined };

/** Flags that say something about a stage file, and nothing about a reference. */
const OF_STAGE_FILE = ['slot', 'digest', 'allowedSigners', 'registryId'] as const;

function pullOne(
  { outside }: Host,
  { stageFile, ...flags }: PullFlags,
  reference: string | undefined,
): Promise<number> {
  const isFile = stageFile !== undefined && reference === undefined;
  if (isFile && flags.registry === undefined && flags.trustRoot === undefined)
    return pullStageFile(outside, { ...flags, stageFile });
  const isReference = stageFile === undefined && OF_STAGE_FILE.every((flag) => flags[flag] === undefined);
  if (isReference && reference !== undefined) return pullBytes(outside, flags, reference);
  throw new MregError('usage', 'expected a reference, or --stage-file with what is said about it, and not both', {
    hint: 'mreg help artifact pull',
  });
}

function verifyCommand(host: Host): CommandUnknownOpts {
  return new Command('verify')
    .summary('read stored bytes again')
    .description(
      'Reads every stored byte again and compares it with the digests: of one version or artifact, or of every version there is. Attestations that lie beside an artifact are verified, too.',
    )
    .argument('[reference]', 'fraud_detector@v7, fraud_detector@prod, or the uri of an artifact')
    .addHelpText(
      'after',
      '\nExit code: 0 whole, 4 damaged or missing, or something untrue is attested.\n\nExample:\n  mreg artifact verify fraud_detector@prod',
    )
    .action(async (reference, _options, command) => {
      host.code = await verifyBytes(host.outside, commonFlags(command), reference);
    });
}

function attestCommand(host: Host): CommandUnknownOpts {
  const command = new Command('attest')
    .summary('sign what the files of a version are, for other tools')
    .description(
      'Signs the digests of all files as an in-toto statement of OpenSSF Model Signing v1.0, and puts it beside the image where the store is an OCI registry. The bytes are not read: mreg artifact verify does, and verifies what is attested of them.',
    )
    .argument('<reference>', 'fraud_detector@v7, fraud_detector@prod')
    .option('--no-attach', 'put nothing into the OCI registry')
    .addHelpText('after', '\nExample:\n  mreg artifact attest fraud_detector@prod --out model.sig');
  for (const option of attestationFlags()) command.addOption(option);
  return command.action(async (reference, { attach }, self) => {
    host.code = await attestArtifact(host.outside, { ...commonFlags(self), attach }, reference);
  });
}

function lsCommand(host: Host): CommandUnknownOpts {
  return new Command('ls')
    .summary('what the stores hold')
    .description('Lists the artifacts of the stores: digest, size, files, and the versions that name them.')
    .option('--store <store>', 'name or url of a configured store (default: all)')
    .option('--formats', 'look into the files: safetensors, ONNX, pickles, the Hugging Face layout…')
    .action(async (options, command) => {
      host.code = await listStored(host.outside, { ...commonFlags(command), ...options });
    });
}

function gcCommand(host: Host): CommandUnknownOpts {
  return new Command('gc')
    .summary('remove what no version names')
    .description(
      'Shows what could be removed from the stores: what no version names on any branch or tag, here or on the remotes. Removes nothing without --delete. What was stored in the last hour always stays.',
    )
    .option('--store <store>', 'name or url of a configured store (default: all)')
    .option('--also <dir>', 'keep what this other registry names, too: one that shares the store; repeat it', collect)
    .option('--delete', 'really remove it')
    .addHelpText('after', '\nExamples:\n  mreg artifact gc\n  mreg artifact gc --also ../other-registry --delete')
    .action(async (options, command) => {
      host.code = await collectGarbage(host.outside, { ...commonFlags(command), ...options });
    });
}
