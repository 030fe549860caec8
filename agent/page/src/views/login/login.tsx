import { useState } from 'preact/hooks';
import { ApiError, agentUrl, postJson, RefusedError } from '../../api.ts';
import { useSpeech } from '../../context.ts';
import type { Translate } from '../../i18n/index.ts';

/** Asks for a token where the agent lets nobody in without one; the browser gets a cookie for it. */
export function Login() {
  const { t } = useSpeech();
  const [token, setToken] = useState('');
  const [refusal, setRefusal] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  const logIn = async (): Promise<void> => {
    setBusy(true);
    try {
      await postJson(agentUrl('v1/login'), { token: token.trim() });
      // All of the page begins anew, as somebody else.
      location.reload();
    } catch (error) {
      setRefusal(inWords(error as Error, t));
      setBusy(false);
    }
  };
  return (
    <section class="sheet login" aria-labelledby="login-title">
      <h2 id="login-title">{t('login.title')}</h2>
      <p class="label">{t('login.why')}</p>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void logIn();
        }}
      >
        <label>
          {t('login.token')}
          <input
            type="password"
            autocomplete="current-password"
            required
            maxLength={500}
            value={token}
            onInput={({ currentTarget }) => setToken(currentTarget.value)}
          />
        </label>
        <button type="submit" class="main" disabled={isBusy}>
          {t('login.go')}
        </button>
      </form>
      {refusal && (
        <p class="refusal" role="alert">
          {refusal}
        </p>
      )}
    </section>
  );
}

function inWords(error: Error, t: Translate): string {
  if (error instanceof RefusedError) return t('login.wrong');
  if (error instanceof ApiError && error.status === 429) return t('login.wait', { seconds: error.waitSeconds });
  return t('login.failed', { reason: error.message });
}
