import { cells } from './plugins/cells';
import { client, ends, events } from './plugins/client';
import { compare } from './plugins/compare';
import { inView } from './plugins/inView';
import { jobs } from './plugins/jobs';
import { launch } from './plugins/launch';
import { native } from './plugins/native';
import { notifications } from './plugins/notifications';
import { pageKeys } from './plugins/pageKeys';
import { pages } from './plugins/pages';
import { palette } from './plugins/palette';
import { panel } from './plugins/panel';
import { publish } from './plugins/publish';
import { renderer } from './plugins/renderer';
import { status } from './plugins/status';
import { sweeps } from './plugins/sweeps';
import { tools } from './plugins/tools';

export * from './tokens';

export default [
  client,
  events,
  ends,
  inView,
  cells,
  launch,
  compare,
  jobs,
  native,
  notifications,
  pages,
  pageKeys,
  palette,
  panel,
  publish,
  renderer,
  status,
  sweeps,
  tools
];
