import { render } from 'preact';
import { App } from './app.tsx';
import { followAgent } from './state/agent.ts';
import { initialState, reduce } from './state/state.ts';
import { createStore } from './state/store.ts';
import './style/base.css';
import './style/header.css';
import './style/mainFigure.css';
import './style/trend.css';
import './style/figures.css';
import './style/quality.css';
import './style/overview.css';

const store = createStore(reduce, initialState);
setInterval(() => store.dispatch({ type: 'tick', now: performance.now() }), 500);
void followAgent(store, document.baseURI);
render(<App store={store} />, document.getElementById('page')!);
