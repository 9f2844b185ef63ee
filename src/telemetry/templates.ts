import type { MetricQuery, TrafficQuery } from '../documents/kinds/telemetry.ts';
import { fillIn, inPromql, type Variables } from './variables.ts';

type TemplateName = NonNullable<MetricQuery['template']>;

/** The series of one product: names of metrics, labels that always hold, and what a failure is. */
interface Template {
  /** The buckets of the duration of requests, and what makes milliseconds of them. */
  readonly latency: { readonly buckets: string; readonly scale: number };
  /** A counter of requests. */
  readonly requests: string;
  /** The matcher of requests that failed; absent where the counter does not tell. */
  readonly failed: string | undefined;
  /** Labels that hold unless the policy says otherwise. */
  readonly labels: Readonly<Record<string, string>>;
}

const TEMPLATES: Readonly<Record<TemplateName, Template>> = {
  // Knative's queue proxy, which stands before every pod that KServe serves from in serverless mode:
  // https://knative.dev/docs/serving/services/service-metrics/ (labels service_name, revision_name, namespace_name).
  kserve: {
    latency: { buckets: 'revision_request_latencies_bucket', scale: 1 },
    requests: 'revision_request_count',
    failed: 'response_code_class="5xx"',
    labels: {},
  },
  // KServe's own model server, in any mode: https://kserve.github.io/website/docs/model-serving/predictive-inference/observability/prometheus-metrics
  // (label model_name; the labels of the pod come from how it is scraped). It counts predictions and not failures.
  'kserve-server': {
    latency: { buckets: 'request_predict_seconds_bucket', scale: 1000 },
    requests: 'request_predict_seconds_count',
    failed: undefined,
    labels: {},
  },
  // https://istio.io/latest/docs/reference/config/metrics/ (labels destination_workload, destination_version,
  // destination_service_name and more). Both ends of a request report it; the caller's also knows of those that never arrived.
  istio: {
    latency: { buckets: 'istio_request_duration_milliseconds_bucket', scale: 1 },
    requests: 'istio_requests_total',
    failed: 'response_code=~"5..|0"',
    labels: { reporter: 'source' },
  },
  // Envoy, as Envoy Gateway and other implementations of the Gateway API run it (label envoy_cluster_name):
  // https://www.envoyproxy.io/docs/envoy/latest/configuration/upstream/cluster_manager/cluster_stats
  'gateway-api': {
    latency: { buckets: 'envoy_cluster_upstream_rq_time_bucket', scale: 1 },
    requests: 'envoy_cluster_upstream_rq_xx',
    failed: 'envoy_response_code_class="5"',
    labels: {},
  },
  // ingress-nginx: https://kubernetes.github.io/ingress-nginx/user-guide/monitoring/ (labels ingress, namespace, service,
  // canary).
  nginx: {
    latency: { buckets: 'nginx_ingress_controller_request_duration_seconds_bucket', scale: 1000 },
    requests: 'nginx_ingress_controller_requests',
    failed: 'status=~"5.."',
    labels: {},
  },
};

/** Returns a query of a metric with its template written out; latency is in milliseconds, before `scale`. */
export function expandMetric(query: MetricQuery, variables: Variables): MetricQuery {
  const { template: name, measure, labels, ...plain } = query;
  if (name === undefined) return query;
  const { latency, requests, failed, labels: always } = TEMPLATES[name];
  const matchers = matchersOf({ ...always, ...labels }, variables);
  if (measure === 'latency')
    return {
      ...plain,
      histogram: `${latency.buckets}{${matchers.join(',')}}`,
      scale: latency.scale * (query.scale ?? 1),
    };
  return {
    ...plain,
    hits: `${requests}{${[...matchers, failed ?? ''].join(',')}}`,
    count: `${requests}{${matchers.join(',')}}`,
  };
}

/** Returns a query of traffic with its template written out. */
export function expandTraffic(query: TrafficQuery, variables: Variables): TrafficQuery {
  const { template: name, labels, ...plain } = query;
  if (name === undefined) return query;
  const { requests, labels: always } = TEMPLATES[name];
  return { ...plain, count: `${requests}{${matchersOf({ ...always, ...labels }, variables).join(',')}}` };
}

function matchersOf(labels: NonNullable<MetricQuery['labels']>, variables: Variables): readonly string[] {
  return Object.entries(labels).map(([label, value]) => {
    const text = typeof value === 'string' ? value : variables.get('slot') === 'green' ? value.green : value.blue;
    // What the policy says is a value and not a piece of a query, whatever it holds.
    return `${label}="${inPromql(fillIn(text, variables, (plain) => plain))}"`;
  });
}
