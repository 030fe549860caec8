import { agentUrl, type Fetched, getJson, useFetched } from '../../api.ts';
import type { EvaluationBody, FiguresPage, WindowKind } from '../../contract.ts';

/** The latest revisions of a figure's windows that start in the stretch, asked for anew when the minute or the stretch changes. */
export function useSeries(id: string | null, kind: WindowKind, from: number, to: number): Fetched<EvaluationBody[]> {
  return useFetched(async () => {
    if (id === null) return [];
    const span = { from: new Date(from).toISOString(), to: new Date(to).toISOString() };
    const url = agentUrl(`v1/metrics/${encodeURIComponent(id)}`, { window: kind, ...span, limit: '2000' });
    return (await getJson<FiguresPage>(url)).figures;
  }, [id, kind, from, to]);
}
