import { render } from 'preact';
import { createBridge } from './bridge/bridge.ts';
import { askedFor, keepOffline, onLaunch, takeShared } from './bridge/launch.ts';
import { createApp } from './store/app.ts';
import { Page } from './ui/app.tsx';

const app = createApp(createBridge());
render(<Page app={app} />, document.getElementById('root')!);

onLaunch((files) => void app.opening.open(files));
const asked = askedFor();
if (asked === 'sample') void app.openSample();
if (asked === 'shared')
  void takeShared().then((files) => {
    if (files.length > 0) void app.opening.open(files);
  });
keepOffline();
