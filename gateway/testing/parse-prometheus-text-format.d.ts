/** The package has no types of its own. */
declare module 'parse-prometheus-text-format' {
  interface Sample {
    labels?: Record<string, string>;
    /** Of a counter or a gauge; a histogram has the others. */
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
