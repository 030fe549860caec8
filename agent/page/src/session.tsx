import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import { agentUrl, postJson } from './api.ts';
import { useSpeech } from './context.ts';
import type { SessionBody } from './contract.ts';

/** Who is at the page, as the agent knows him; null until it is known. */
export const SessionContext = createContext<SessionBody | null>(null);

/** His name where one has to log in; null where everybody may come. */
export const useSessionName = (): string | null => useContext(SessionContext)?.name ?? null;

/** Whether he may enter something and act on alarms. */
export const useMayEnter = (): boolean => useContext(SessionContext)?.scope !== 'read';

/** Whether he sees all lines, and so the agent itself. */
export const useSeesAll = (): boolean => (useContext(SessionContext)?.lines ?? null) === null;

/** Who is logged in, and the way out. */
export function LoggedIn() {
  const { t } = useSpeech();
  const name = useSessionName();
  if (name === null) return null;
  const leave = async (): Promise<void> => {
    // Without an answer he is still shown as logged in.
    await postJson(agentUrl('v1/logout'), {});
    location.reload();
  };
  return (
    <span class="logged-in" title={t('login.as', { name })}>
      {name}
      <button type="button" onClick={() => void leave()}>
        {t('login.out')}
      </button>
    </span>
  );
}
