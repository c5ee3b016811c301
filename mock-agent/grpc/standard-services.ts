import type { Server } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { ReflectionService } from '@grpc/reflection';
import { HealthImplementation, protoPath as healthProto } from 'grpc-health-check';

import { agentPackage, agentServiceName } from '../../proto/agent-service.ts';

/** The standard services of a gRPC server: health and reflection. */
export interface StandardServices {
  addToServer(server: Server): void;
  /** Sets health to NOT_SERVING; watchers are notified at once. */
  stopServing(): void;
}

/** Creates `grpc.health.v1.Health` (for the server and its service) and `grpc.reflection.v1` (and `v1alpha`). */
export function createStandardServices(): StandardServices {
  const names = ['', agentServiceName];
  const health = new HealthImplementation();
  for (const name of names) health.setStatus(name, 'SERVING');
  const reflection = new ReflectionService({ ...agentPackage, ...loadSync(healthProto) });
  return {
    addToServer(server) {
      health.addToServer(server);
      reflection.addToServer(server);
    },
    stopServing() {
      for (const name of names) health.setStatus(name, 'NOT_SERVING');
    },
  };
}
