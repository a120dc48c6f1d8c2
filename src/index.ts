import { client, events } from './plugins/client';
import { renderer } from './plugins/renderer';
import { status } from './plugins/status';

export * from './tokens';

export default [client, events, renderer, status];
