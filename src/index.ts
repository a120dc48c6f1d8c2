import { client, events } from './plugins/client';
import { compare } from './plugins/compare';
import { jobs } from './plugins/jobs';
import { launch } from './plugins/launch';
import { notifications } from './plugins/notifications';
import { pages } from './plugins/pages';
import { panel } from './plugins/panel';
import { publish } from './plugins/publish';
import { renderer } from './plugins/renderer';
import { status } from './plugins/status';
import { sweeps } from './plugins/sweeps';

export * from './tokens';

export default [
  client,
  events,
  launch,
  compare,
  jobs,
  notifications,
  pages,
  panel,
  publish,
  renderer,
  status,
  sweeps
];
