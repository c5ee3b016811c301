/** A place at which a stream waits until it is released. */
export interface Hold {
  /** Whether the gateway goes on with its pings. */
  pings: boolean;
}

/** What a test or a person does with a stream in play: plain data, which can be sent to another process. */
export type StreamCommand =
  | { do: 'hold'; pings: boolean }
  /** Plays up to a place, in the form of a fault's `at`, and holds there. */
  | { do: 'until'; at: unknown; pings: boolean; limitMs: number }
  | { do: 'step'; count: number; limitMs: number }
  | { do: 'release' }
  /** Strikes where the stream is; `fault` in the form of the header `x-rehearsal-fault`. */
  | { do: 'fail'; fault: string };

/** How far the agent has sent a stream. */
export interface StreamPosition {
  isHeld: boolean;
  chunks: number;
  /** Code points of text. */
  chars: number;
  /** Chunks without text that show in formats that show more than text. */
  parts: number;
}
