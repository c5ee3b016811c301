/** The package has no types of its own. */
declare module 'parse-prometheus-text-format' {
  interface Sample {
    labels?: Record<string, string>;
    /** For counters and gauges; histograms have the other fields. */
    value?: string;
    /** Cumulative, by upper bound. */
    buckets?: Record<string, string>;
    count?: string;
    sum?: string;
  }

  export default function parse(
    text: string,
  ): { name: string; help: string; type: string; metrics: Sample[] }[];
}
