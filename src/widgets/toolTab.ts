import { MainAreaWidget } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import { IFrame, launchIcon, refreshIcon, ToolbarButton } from '@jupyterlab/ui-components';
import type { ToolPage } from '../_contract';
import { toolIcon } from '../icons';
import { type Shown, shownId } from '../models/tools';

/** A page of a web tool in a tab. It comes from this server, behind Jupyter's login. */
export class ToolFrame extends IFrame {
  constructor(readonly shown: Shown) {
    super({
      // It is a page of this server, and needs Jupyter's cookie to ask anything.
      sandbox: [
        'allow-scripts',
        'allow-same-origin',
        'allow-forms',
        'allow-popups',
        'allow-modals',
        'allow-downloads'
      ],
      referrerPolicy: 'no-referrer'
    });
    this.id = shownId(shown);
    this.title.label = shown.tool.brand;
    this.title.icon = toolIcon;
    this.title.closable = true;
    this.addClass('jp-Dh-tool');
    this._frame?.setAttribute('title', shown.tool.brand);
  }

  reload(): void {
    this._frame?.contentWindow?.location.reload();
  }

  /** What is in view now, for a tab of the browser; the tool moves on by itself. */
  get address(): string {
    return this._frame?.contentWindow?.location.href ?? this.url;
  }

  private get _frame(): HTMLIFrameElement | null {
    return this.node.querySelector('iframe');
  }
}

/** The tab is shown when the tool has started; what is in the way is said in its place. */
export function toolTab(options: {
  readonly shown: Shown;
  readonly open: () => Promise<ToolPage>;
  readonly onExternal: (url: string) => void;
  readonly trans: TranslationBundle;
}): MainAreaWidget<ToolFrame> {
  const { shown, open, trans } = options;
  const content = new ToolFrame(shown);
  const begin = async (): Promise<void> => {
    try {
      const page = await open();
      if (page.external) {
        tab.dispose();
        options.onExternal(page.url);
      } else {
        content.url = page.url;
      }
    } catch (error) {
      const { message, hint } = error as { message?: string; hint?: string };
      throw new Error([message, hint].filter(Boolean).join('\n\n'), { cause: error });
    }
  };
  const tab = new MainAreaWidget({ content, reveal: begin() });
  const add = (
    name: string,
    icon: typeof refreshIcon,
    label: string,
    onClick: () => void
  ): void => {
    tab.toolbar.addItem(name, new ToolbarButton({ icon, tooltip: label, onClick }));
  };
  add('reload', refreshIcon, trans.__('Reload'), () => content.reload());
  add('apart', launchIcon, trans.__('Open in a browser tab'), () =>
    window.open(content.address, '_blank', 'noopener')
  );
  return tab;
}
