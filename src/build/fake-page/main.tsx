/** The page over a made world, for pictures and for work on the look: `?open&busy&extra=100000&delay=20`. Never built. */
import { render } from 'preact';
import { createApp } from '../../store/app.ts';
import { createFakeBridge } from '../../testing/fake/bridge.ts';
import { Page } from '../../ui/app.tsx';

const query = new URLSearchParams(location.search);
const bridge = createFakeBridge({
  open: query.has('open'),
  busy: query.has('busy'),
  extra: Number(query.get('extra') ?? 0),
  delay: Number(query.get('delay') ?? 5),
});
render(<Page app={createApp(bridge)} />, document.getElementById('root')!);
