import { render } from 'preact';
import { createBridge } from './bridge/bridge.ts';
import { createApp } from './store/app.ts';
import { Page } from './ui/app.tsx';

render(<Page app={createApp(createBridge())} />, document.getElementById('root')!);
