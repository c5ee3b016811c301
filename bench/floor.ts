import { startFloor } from './floor-server.ts';

/** Runs the floor server: `node floor.js <port> <schedule as JSON>`. */
const [port, schedule] = process.argv.slice(2);
if (port === undefined || schedule === undefined) throw new Error('usage: floor.js PORT SCHEDULE');
await startFloor(JSON.parse(schedule), Number(port));
