import { agentUrl, type Fetched, getJson, useFetched } from '../../api.ts';
import type { AlarmView } from '../../contract.ts';
import type { PageState } from '../../state/state.ts';

/** Every alarm as it stands, asked for anew when the stream tells of one, and `again`. */
export const useAlarms = ({ alarmStates }: Pick<PageState, 'alarmStates'>, again = 0): Fetched<AlarmView[]> =>
  useFetched(() => getJson<AlarmView[]>(agentUrl('v1/alarms')), [alarmStates, again]);
