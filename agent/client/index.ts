/** `pertonne/client`: reads agents, in a browser and in Node. Depends on nothing but the global WebSocket. */
export { accept, type ConnectOptions, connect } from './connect.ts';
export * from './contract.ts';
export { SUBPROTOCOL } from './socket.ts';
