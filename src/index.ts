import { client, events } from './plugins/client';
import { panel } from './plugins/panel';
import { renderer } from './plugins/renderer';
import { status } from './plugins/status';

export * from './tokens';

export default [client, events, panel, renderer, status];
