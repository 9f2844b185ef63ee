import type * as S3 from '@aws-sdk/client-s3';
import { MregError } from '../../documents/error.ts';
import { systemCode } from '../disk-error.ts';
import { isLoopback } from '../oci/place.ts';
import type { StoreWorld } from '../store-world.ts';

/** The library that speaks S3. It is optional: who has no buckets need not install it. */
export type Sdk = typeof S3;

/** A client and the library that it is from. */
export interface Connection {
  readonly sdk: Sdk;
  readonly client: S3.S3Client;
}

/** What a test may replace. */
export type LoadSdk = () => Promise<Sdk>;

/** Loads the library; it stays beside the program. */
export const loadSdk: LoadSdk = () => import('@aws-sdk/client-s3');

const TRIES = 5;

/** Returns a client for the world's credentials, endpoint and region; MregError where the library or the region is absent. */
export async function connect(url: string, { env }: StoreWorld, load: LoadSdk): Promise<Connection> {
  const sdk = await loadOrTell(load);
  const endpoint = env['AWS_ENDPOINT_URL_S3'] ?? env['AWS_ENDPOINT_URL'];
  const client = new sdk.S3Client({
    maxAttempts: TRIES,
    followRegionRedirects: endpoint === undefined,
    // Every request carries a SHA-256 of ours; the library's own sums come as trailers, which other servers do not know.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    ...(endpoint === undefined ? {} : endpointSettings(endpoint)),
    ...regionSettings(env, endpoint),
    ...credentialSettings(env),
  });
  await checkRegion(url, client);
  return { sdk, client };
}

async function loadOrTell(load: LoadSdk): Promise<Sdk> {
  // Its notice about old versions of Node would stand between the lines of every command.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
  try {
    return await load();
  } catch (error) {
    if (!['ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND'].includes(systemCode(error) ?? '')) throw error;
    throw new MregError('unreadable', 'stores in S3 need the package @aws-sdk/client-s3, which is not installed', {
      hint: 'npm install @aws-sdk/client-s3 (where mreg is installed; with -g when mreg is global)',
      cause: error,
    });
  }
}

function endpointSettings(endpoint: string): S3.S3ClientConfig {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  if (url === undefined || (url.protocol !== 'https:' && url.protocol !== 'http:') || url.password !== '') {
    throw new MregError('usage', 'AWS_ENDPOINT_URL is no address like https://s3.example.com', {
      hint: 'correct AWS_ENDPOINT_URL_S3 or AWS_ENDPOINT_URL, or unset it',
    });
  }
  // Attack: whoever is on the way reads the model. What is on this machine has no way.
  if (url.protocol === 'http:' && !isLoopback(url)) {
    throw new MregError('usage', `AWS_ENDPOINT_URL speaks to ${url.host} without encryption`, {
      hint: 'use https://',
    });
  }
  const isAmazon = url.hostname === 'amazonaws.com' || url.hostname.endsWith('.amazonaws.com');
  return { endpoint, forcePathStyle: !isAmazon };
}

function regionSettings(env: StoreWorld['env'], endpoint: string | undefined): S3.S3ClientConfig {
  // Servers other than Amazon's have one region, which most call so.
  const region = env['AWS_REGION'] ?? env['AWS_DEFAULT_REGION'] ?? (endpoint === undefined ? undefined : 'us-east-1');
  return region === undefined ? {} : { region };
}

/** The library finds the rest by itself: profiles, single sign-on, the identity of a machine. */
function credentialSettings(env: StoreWorld['env']): S3.S3ClientConfig {
  const profile = env['AWS_PROFILE'];
  if (profile !== undefined) return { profile };
  const accessKeyId = env['AWS_ACCESS_KEY_ID'];
  const secretAccessKey = env['AWS_SECRET_ACCESS_KEY'];
  if (accessKeyId === undefined || secretAccessKey === undefined) return {};
  const sessionToken = env['AWS_SESSION_TOKEN'];
  return {
    credentials: { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) },
  };
}

async function checkRegion(url: string, client: S3.S3Client): Promise<void> {
  try {
    await client.config.region();
  } catch (error) {
    throw new MregError('usage', `the region of ${url} is not known`, {
      hint: 'set AWS_REGION, or region in ~/.aws/config',
      cause: error,
    });
  }
}
