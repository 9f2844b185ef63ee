import { kubernetesName } from '../documents/names.ts';
import { workloadName } from './names.ts';
import { SLOTS, type DeployWish, type Manifest } from './wish.ts';

/** Returns a route of the Gateway API that shares the traffic as the stage says; blue is first and green second. */
export function httpRoute(wish: DeployWish, backends: readonly [blue: string, green: string]): Manifest {
  const refs = backends.map((name) => ({ name, port: 80 }));
  const filters = refs.map((backendRef) => ({ type: 'RequestMirror', requestMirror: { backendRef, percent: 0 } }));
  return {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: { name: workloadName(wish.model, wish.stage), annotations: routeAnnotations(wish) },
    spec: {
      parentRefs: [{ name: 'models' }],
      rules: [
        {
          matches: [{ path: { type: 'PathPrefix', value: `/${workloadName(wish.model, wish.stage)}` } }],
          ...(wish.isMirrored ? { filters } : {}),
          backendRefs: refs.map((ref) => ({ ...ref, weight: 0 })),
        },
      ],
    },
  };
}

/** Returns a route of Istio that shares the traffic of the Service which all pods stand behind. */
export function virtualService(wish: DeployWish, backends: readonly [blue: string, green: string]): Manifest {
  const host = workloadName(wish.model, wish.stage);
  const destinations = backends.map((name) => ({ destination: { host: name, port: { number: 80 } } }));
  const mirrors = destinations.map((destination) => ({ ...destination, percentage: { value: 0 } }));
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name: host, annotations: routeAnnotations(wish) },
    spec: {
      hosts: [host],
      http: [
        {
          route: destinations.map((destination) => ({ ...destination, weight: 0 })),
          ...(wish.isMirrored ? { mirrors } : {}),
        },
      ],
    },
  };
}

/** Returns the names of the Services of both slots, with what a tool puts behind them. */
export function slotBackends({ model, stage }: DeployWish, suffix = ''): readonly [string, string] {
  const [blue, green] = SLOTS;
  const name = workloadName(model, stage);
  return [`${name}-${blue}${suffix}`, `${name}-${green}${suffix}`];
}

function routeAnnotations({ model, stage, isMirrored }: DeployWish): Manifest {
  const name = kubernetesName(model, stage);
  return { 'mreg.dev/route': name, ...(isMirrored ? { 'mreg.dev/mirror': name } : {}) };
}
